#include "tests/bench/requester.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/bench/clock.h"
#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr std::string_view kInbox = "_INBOX.Xw3Jd8rPzQ0sKb5tYcM2aL";
constexpr std::string_view kService = "service.quote";
constexpr size_t kPayloadSize = 16;

std::string numbered(uint64_t number) {
  std::array<char, kPayloadSize + 1> text{};
  std::snprintf(text.data(), text.size(), "%016llu", static_cast<unsigned long long>(number));
  return text.data();
}

// "MSG subject sid reply size"
std::string_view reply_of(std::string_view line) {
  line = line.substr(0, line.rfind(' '));
  return line.substr(line.rfind(' ') + 1);
}

std::string_view subject_of(std::string_view line) {
  line.remove_prefix(std::string_view("MSG ").size());
  return line.substr(0, line.find(' '));
}

std::string publication(std::string_view subjects, std::string_view payload) {
  std::string text = "PUB ";
  (text += subjects) += ' ';
  (text += std::to_string(payload.size())) += "\r\n";
  return (text += payload) += "\r\n";
}

}  // namespace

Requester::Requester(uint16_t port, const Credentials& credentials)
    : requester_(port, Inbound::kSmall, credentials),
      responder_(port, Inbound::kSmall, credentials) {
  requester_.subscribe(std::string(kInbox) + ".*", "", 1);
  responder_.subscribe(kService, "", 1);
  requester_.fence();
  responder_.fence();
}

uint32_t Requester::request() {
  const std::string number = numbered(++request_count_);
  const std::string reply = std::string(kInbox) + '.' + number;
  const std::string request = publication(std::string(kService) + ' ' + reply, number);

  const uint64_t began = wall_ns();
  requester_.link().send(request);
  const Frame received = responder_.next_message();
  if (received.payload != number || reply_of(received.line) != reply) {
    throw Failure("the responder received another request than was sent");
  }
  responder_.link().send(publication(reply_of(received.line), received.payload));
  const Frame answer = requester_.next_message();
  const uint64_t took = wall_ns() - began;

  if (answer.payload != number || subject_of(answer.line) != reply) {
    throw Failure("the requester received another reply than was sent");
  }
  return static_cast<uint32_t>(std::min<uint64_t>(took, UINT32_MAX));
}

std::vector<uint32_t> Requester::request_many(uint64_t count) {
  std::vector<uint32_t> latencies;
  latencies.reserve(count);
  while (latencies.size() < count) latencies.push_back(request());
  return latencies;
}

}  // namespace bench
