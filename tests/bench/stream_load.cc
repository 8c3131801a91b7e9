#include "tests/bench/stream_load.h"

#include <charconv>
#include <memory>

#include "tests/bench/api.h"
#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr size_t kNumberSize = 16;

void write_hex(char* to, uint64_t number) {
  for (size_t i = kNumberSize; i > 0; --i, number >>= 4)
    to[i - 1] = "0123456789abcdef"[number & 15];
}

// {"stream":"S","seq":7}: an ack is read at the speed of a load generator, without a JSON library.
uint64_t ack_sequence(std::string_view payload) {
  constexpr std::string_view kKey = "\"seq\":";
  const size_t found = payload.find(kKey);
  if (payload.find("\"error\"") != std::string_view::npos || found == std::string_view::npos) {
    throw Failure("a publish was answered: " + std::string(payload.substr(0, 200)));
  }
  payload.remove_prefix(found + kKey.size());
  while (payload.starts_with(' ')) payload.remove_prefix(1);
  uint64_t sequence = 0;
  std::from_chars(payload.data(), payload.data() + payload.size(), sequence);
  return sequence;
}

}  // namespace

Requests publications(const StreamLoad& load) {
  const auto last = std::make_shared<uint64_t>(0);
  const auto append = [load, subject = std::string(),
                       payload = std::string(load.payload_size, 'x')](
                          std::string& to, uint64_t number, std::string_view reply) mutable {
    subject.clear();
    load.append_subject(subject, number);
    write_hex(payload.data(), number);
    append_publication(to, subject, reply, payload);
  };
  const auto check = [last](const Frame& reply, uint64_t) {
    const uint64_t sequence = ack_sequence(reply.payload);
    if (sequence <= *last) throw Failure("acks out of order");
    *last = sequence;
  };
  return {.inbox = "_INBOX." + load.name, .window = load.window, .append = append, .check = check};
}

PipelineCount fill(uint16_t port, const StreamLoad& load, uint64_t count) {
  std::vector<Pipeline> pipelines;
  pipelines.emplace_back(port, publications(load));
  return run_pipelines(pipelines, {.requests = count});
}

uint64_t payload_number(std::string_view payload) {
  uint64_t number = 0;
  const char* const end = payload.data() + std::min(payload.size(), kNumberSize);
  const auto [stop, code] = std::from_chars(payload.data(), end, number, 16);
  if (payload.size() < kNumberSize || code != std::errc() || stop != end) {
    throw Failure("a message that nobody published: " + std::string(payload.substr(0, 100)));
  }
  return number;
}

std::string digits(uint64_t number) {
  std::string text(8, '0');
  for (size_t i = text.size(); i > 0; --i, number /= 10)
    text[i - 1] = static_cast<char>('0' + number % 10);
  return text;
}

}  // namespace bench
