#include "tests/bench/api.h"

#include "tests/bench/failure.h"

namespace bench {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kInbox = "_INBOX.api";

}  // namespace

Api::Api(uint16_t port) : client_(port, Inbound::kLarge) {
  client_.subscribe(kInbox, "", 1);
  client_.fence();
}

Json Api::call(const std::string& subject, const Json& request) {
  std::string text;
  append_publication(text, "$JS.API." + subject, kInbox,
                     request.is_null() ? std::string() : request.dump());
  client_.link().send(text);
  return parse_answer(client_.next_message().payload, subject);
}

void Api::create_stream(const Json& config) {
  call("STREAM.CREATE." + config["name"].get<std::string>(), config);
}

uint64_t Api::message_count(const std::string& stream) {
  return call("STREAM.INFO." + stream, {})["state"]["messages"];
}

uint64_t Api::create_consumer(const std::string& stream, const Json& config) {
  const std::string name = config["name"];
  return call("CONSUMER.CREATE." + stream + '.' + name,
              {{"stream_name", stream}, {"config", config}})["num_pending"];
}

Json Api::consumer_info(const std::string& stream, const std::string& consumer) {
  return call("CONSUMER.INFO." + stream + '.' + consumer, {});
}

void Api::delete_consumer(const std::string& stream, const std::string& consumer) {
  call("CONSUMER.DELETE." + stream + '.' + consumer, {});
}

void append_publication(std::string& to, std::string_view subject, std::string_view reply,
                        std::string_view payload) {
  (to += "PUB ") += subject;
  if (!reply.empty()) (to += ' ') += reply;
  ((to += ' ') += std::to_string(payload.size())) += "\r\n";
  (to += payload) += "\r\n";
}

Json parse_answer(std::string_view payload, std::string_view request) {
  Json answer = Json::parse(payload, nullptr, false);
  if (answer.is_object() && !answer.contains("error")) return answer;
  throw Failure(std::string(request) + " was answered: " + std::string(payload.substr(0, 200)));
}

}  // namespace bench
