#include "hosts/sim/inspector.h"

#include <utility>

#include "hosts/sim/api_answer.h"
#include "hosts/sim/broken_promise.h"

namespace myelin::sim {
namespace {

constexpr std::string_view kInbox = "_INBOX.inspector.";

// The value of a header, or nothing.
std::string_view header(std::string_view headers, std::string_view name) {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const size_t at = headers.find(wanted);
  if (at == std::string_view::npos) return {};
  headers.remove_prefix(at + wanted.size());
  return headers.substr(0, headers.find("\r\n"));
}

}  // namespace

Inspector::Inspector(World& world, std::string_view user) : world_(world), client_(world, user) {
  std::string inbox(kInbox);
  inbox += '*';
  client_.subscribe(inbox);
}

WireMessage Inspector::ask(std::string_view subject, std::string_view payload,
                           std::string_view headers) {
  const std::string inbox = std::string(kInbox) + std::to_string(next_request_++);
  client_.publish(subject, inbox, payload, headers);
  const Instant end = world_.now().mono + seconds(20);
  do {
    for (WireMessage& message : client_.poll()) {
      if (message.subject == inbox) return std::move(message);
    }
  } while (world_.step(end) || world_.now().mono < end);
  throw BrokenPromise("the server answers", std::string(subject));
}

JsonDocument Inspector::ask_well(std::string_view subject, std::string_view payload) {
  const WireMessage answer = ask(subject, payload);
  auto document = JsonDocument::parse(answer.payload, 32);
  if (!document || !read_answer(answer.payload).is_ok) {
    throw BrokenPromise("the server does what it is asked",
                        std::string(subject) + " " + answer.headers + answer.payload);
  }
  return std::move(*document);
}

bool Inspector::has_stream(const std::string& stream) {
  return read_answer(ask("$JS.API.STREAM.INFO." + stream, {}).payload).is_ok;
}

std::optional<Checker::Found> Inspector::read_stream(const std::string& stream, bool is_rotten) {
  if (!has_stream(stream)) return std::nullopt;
  const JsonDocument info = ask_well("$JS.API.STREAM.INFO." + stream, {});
  const JsonView state = info.root().find("state");
  Checker::Found found;
  found.last = state.find("last_seq").as_uint().value_or(0);
  found.reports_loss = state.find("lost").is_present();
  for (uint64_t from = 1;;) {
    const WireMessage message =
        ask("$JS.API.DIRECT.GET." + stream,
            "{\"seq\":" + std::to_string(from) + ",\"next_by_subj\":\">\"}");
    if (message.status() == 404) break;
    const uint64_t seq = leading_number(header(message.headers, "Nats-Sequence"));
    if (seq < from) {
      throw BrokenPromise("a stream can be read",
                          stream + ": " + message.headers + message.payload);
    }
    found.messages[seq] = {.subject = std::string(header(message.headers, "Nats-Subject")),
                           .id = std::string(header(message.headers, "Nats-Msg-Id")),
                           .payload = message.payload};
    from = seq + 1;
  }
  const uint64_t count = state.find("messages").as_uint().value_or(0);
  if (count != found.messages.size() && is_rotten) {
    const JsonDocument again = ask_well("$JS.API.STREAM.INFO." + stream, {});
    found.reports_loss = again.root().find("state").find("lost").is_present();
  } else if (count != found.messages.size()) {
    throw BrokenPromise("a stream counts its messages", stream + " says " + std::to_string(count) +
                                                            ", has " +
                                                            std::to_string(found.messages.size()));
  }
  return found;
}

uint64_t Inspector::description(const std::string& stream) {
  const JsonDocument info = ask_well("$JS.API.STREAM.INFO." + stream, {});
  return leading_number(info.root().find("config").find("description").as_string().value_or(""));
}

bool Inspector::is_drained(const std::string& stream, const std::string& consumer) {
  const JsonDocument info = ask_well("$JS.API.CONSUMER.INFO." + stream + "." + consumer, {});
  return info.root().find("num_pending").as_uint() == 0U &&
         info.root().find("num_ack_pending").as_uint() == 0U;
}

}  // namespace myelin::sim
