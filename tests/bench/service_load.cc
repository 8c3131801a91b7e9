#include "tests/bench/service_load.h"

#include <algorithm>
#include <string_view>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr uint64_t kTogether = 128;
constexpr std::string_view kInbox = "_INBOX.Xw3Jd8rPzQ0sKb5tYcM2aL.";
constexpr size_t kPayloadSize = 16;

std::string numbered(uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kPayloadSize - digits.size(), '0') + digits;
}

// "MSG subject sid reply size", or HMSG with two sizes: of another account's request the server
// tells in a header, and the reply is its own.
std::string_view reply_of(std::string_view line) {
  constexpr int kWordsBefore = 3;
  for (int word = 0; word < kWordsBefore; ++word) line.remove_prefix(line.find(' ') + 1);
  return line.substr(0, line.find(' '));
}

void append_publication(std::string& to, std::string_view subjects, std::string_view payload) {
  to += "PUB ";
  to += subjects;
  to += ' ' + std::to_string(payload.size()) + "\r\n";
  to += payload;
  to += "\r\n";
}

}  // namespace

ServiceLoad::ServiceLoad(uint16_t port, const Credentials& requester, const Credentials& service,
                         const std::string& subject)
    : requester_(port, Inbound::kSmall, requester),
      service_(port, Inbound::kSmall, service),
      subject_(subject) {
  requester_.subscribe(std::string(kInbox) + "*", "", 1);
  requester_.fence();
}

double ServiceLoad::cpu_per_request(const ServerProcess& server, const Effort& effort) {
  // Somebody else's service may have been asked meanwhile under this subject.
  service_.subscribe(subject_, "", 1);
  service_.fence();
  while (asked_ < effort.warm_up_requests) ask_together();
  const uint64_t asked_before = asked_;
  const uint64_t cpu_before = server.cpu_ns();
  while (asked_ - asked_before < effort.requests) ask_together();
  const uint64_t cpu_ns = server.cpu_ns() - cpu_before;
  requester_.fence();
  service_.fence();
  service_.link().send("UNSUB 1\r\n");
  service_.fence();
  return static_cast<double>(cpu_ns) / static_cast<double>(asked_ - asked_before);
}

void ServiceLoad::ask_together() {
  std::string requests;
  for (uint64_t i = 0; i < kTogether; ++i) {
    const std::string number = numbered(asked_ + i);
    append_publication(requests, subject_ + ' ' + std::string(kInbox) + number, number);
  }
  requester_.link().send(requests);
  std::string answers;
  for (uint64_t i = 0; i < kTogether; ++i) {
    const Frame request = service_.next_message();
    const std::string number = numbered(asked_ + i);
    if (request.payload != number) throw Failure("a request lost or out of order");
    append_publication(answers, reply_of(request.line), number);
  }
  service_.link().send(answers);
  for (uint64_t i = 0; i < kTogether; ++i) {
    const Frame reply = requester_.next_message();
    const std::string number = numbered(asked_ + i);
    const bool is_to_it = reply.line.find(std::string(kInbox) + number) != std::string_view::npos;
    if (reply.payload != number || !is_to_it) throw Failure("a reply lost or out of order");
  }
  asked_ += kTogether;
}

}  // namespace bench
