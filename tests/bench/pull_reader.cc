#include "tests/bench/pull_reader.h"

#include "tests/bench/api.h"
#include "tests/bench/batch.h"
#include "tests/bench/failure.h"
#include "tests/bench/stream_load.h"

namespace bench {
namespace {

constexpr std::string_view kInbox = "_INBOX.pull";

// "MSG subject sid reply size"
std::string_view reply_of(std::string_view line) {
  line = line.substr(0, line.rfind(' '));
  return line.substr(line.rfind(' ') + 1);
}

}  // namespace

PullReader::PullReader(uint16_t port, const std::string& stream, const std::string& consumer,
                       Acks acks)
    : client_(port, Inbound::kLarge),
      request_subject_("$JS.API.CONSUMER.MSG.NEXT." + stream + '.' + consumer),
      acks_(acks) {
  client_.subscribe(kInbox, "", 1);
  client_.fence();
}

void PullReader::pull(uint64_t count) {
  std::string request;
  append_publication(request, request_subject_, kInbox,
                     R"({"batch":)" + std::to_string(count) + R"(,"expires":30000000000})");
  client_.link().send(request);
  for (uint64_t i = 0; i < count; ++i) take(client_.next_message());
  client_.link().send(unsent_acks_);
  unsent_acks_.clear();
}

void PullReader::take(const Frame& frame) {
  if (!frame.headers.empty()) throw Failure("a pull ended: " + std::string(frame.headers));
  const uint64_t number = payload_number(frame.payload);
  if (has_any_ && number <= last_number_) throw Failure("messages out of order");
  last_number_ = number;
  has_any_ = true;
  if (acks_ == Acks::kExplicit) append_publication(unsent_acks_, reply_of(frame.line), "", "+ACK");
  if (unsent_acks_.size() < kBatchBytes / 8) return;
  client_.link().send(unsent_acks_);
  unsent_acks_.clear();
}

}  // namespace bench
