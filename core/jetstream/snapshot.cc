#include "core/jetstream/snapshot.h"

#include <algorithm>
#include <utility>

#include "core/base/json.h"
#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/stream_info.h"

namespace myelin {
namespace {

constexpr int64_t kChunkSizeDefault = 128 * 1024;
constexpr int64_t kChunkSizeMin = 1024;
constexpr int64_t kChunkSizeMax = 1024 * 1024;
constexpr int64_t kWindowSizeDefault = 8 * 1024 * 1024;
constexpr int64_t kWindowSizeMax = 32 * 1024 * 1024;

constexpr Duration kInterestWait = seconds(2);
constexpr Duration kInterestLook = milliseconds(50);
constexpr Duration kAckWait = seconds(5);

// Pieces of work in one turn, each about a millisecond's.
constexpr int kPiecesMax = 2;

constexpr std::string_view kComplete = "NATS/1.0 204\r\n\r\n";
constexpr std::string_view kNoInterest = "NATS/1.0 408 No Interest\r\n\r\n";
constexpr std::string_view kNoFlow = "NATS/1.0 408 No Flow Response\r\n\r\n";
constexpr std::string_view kClosed = "NATS/1.0 500 store is closed\r\n\r\n";

int64_t or_default(int64_t size, int64_t other) { return size == 0 ? other : size; }

}  // namespace

Snapshot::Snapshot(JetStream& jetstream, Stream& stream, SnapshotRequest request, uint64_t client)
    : jetstream_(jetstream),
      request_(std::move(request)),
      client_(client),
      stream_name_(stream.name()),
      stream_id_(stream.id()),
      writer_(stream, !request_.no_consumers),
      began_(jetstream.services().now()),
      taker_{.kind = static_cast<uint8_t>(JetStreamKind::kSnapshot),
             .owner = &jetstream.snapshots()},
      timer_(static_cast<uint8_t>(JetStreamKind::kSnapshot), &jetstream.snapshots()) {
  Services& services = jetstream.services();
  request_.chunk_size =
      std::clamp(or_default(request_.chunk_size, kChunkSizeDefault), kChunkSizeMin, kChunkSizeMax);
  const int64_t window = std::clamp(or_default(request_.window_size, kWindowSizeDefault),
                                    kChunkSizeMin, kWindowSizeMax);
  slots_max_ = static_cast<uint64_t>(std::max<int64_t>(window / request_.chunk_size, 1));
  slots_ = slots_max_;
  ack_prefix_ = "$JS.SNAPSHOT.ACK." + stream_name_ + "." + services.context.random.nuid() + ".";
  subscription_ = Subscription::create(taker_, ack_prefix_ + ">");
  INVARIANT(services.account.subscribe(*subscription_));
  wait_until_ = services.context.now.mono + kInterestWait;

  std::string state;
  JsonWriter json(state);
  json.begin_object();
  write_stream_state(json, stream, {});
  state.front() = ',';
  services.advisories.snapshot("SNAPSHOT_CREATE", "snapshot_create", stream_name_, client_, state);
}

Snapshot::~Snapshot() {
  Services& services = jetstream_.services();
  services.account.unsubscribe(*subscription_);
  services.context.mailbox.forget(taker_);
}

void Snapshot::on_ack() {
  slots_ = std::min(slots_ + 1, slots_max_);
  Services& services = jetstream_.services();
  services.context.timers.set(timer_, services.context.now.mono);
}

bool Snapshot::pump() {
  Services& services = jetstream_.services();
  const Instant now = services.context.now.mono;
  if (!may_begin()) {
    services.context.timers.set(timer_, now + kInterestLook);
    return false;
  }
  Stream* const stream = jetstream_.find(stream_name_);
  if (stream == nullptr || stream->id() != stream_id_) {
    end(kClosed);
    return true;
  }
  for (int pieces = 0; pieces < kPiecesMax; ++pieces) {
    if (had_interest_ && !services.account.has_literal_interest(request_.deliver_subject)) {
      end(kNoInterest);
      return true;
    }
    if (slots_ == 0) {
      if (now - last_sent_ >= kAckWait) {
        end(kNoFlow);
        return true;
      }
      services.context.timers.set(timer_, last_sent_ + kAckWait);
      return false;
    }
    if (!fill(*stream)) continue;
    const auto chunk_size = static_cast<size_t>(request_.chunk_size);
    if (out_.size() < chunk_size) {
      complete();
      return true;
    }
    send_chunk(chunk_size, false);
  }
  services.context.timers.set(timer_, now);
  return false;
}

// Two seconds are left to whoever asked before he subscribed. Wildcards do not count: an inbox that
// takes all answers of a client would be there too early.
bool Snapshot::may_begin() {
  if (has_begun_) return true;
  Services& services = jetstream_.services();
  had_interest_ = services.account.has_literal_interest(request_.deliver_subject);
  has_begun_ = had_interest_ || services.context.now.mono >= wait_until_;
  last_sent_ = services.context.now.mono;
  return has_begun_;
}

// One piece of work. True if a chunk is ready, or all is written.
bool Snapshot::fill(Stream& stream) {
  const auto enough = static_cast<size_t>(request_.chunk_size);
  if (out_.size() < enough && !is_written_) is_written_ = !writer_.write(stream, out_);
  return is_written_ || out_.size() >= enough;
}

void Snapshot::send_chunk(size_t size, bool is_last) {
  Services& services = jetstream_.services();
  std::string reply;
  if (!is_last) {
    reply = ack_prefix_;
    append_decimal(reply, size);
    reply += '.';
    append_decimal(reply, index_++);
    --slots_;
    last_sent_ = services.context.now.mono;
  }
  services.account.send(services.context, {.to = request_.deliver_subject,
                                           .reply = reply,
                                           .content = std::string_view(out_).substr(0, size)});
  out_.erase(0, size);
}

void Snapshot::end(std::string_view header) {
  Services& services = jetstream_.services();
  services.account.send(
      services.context,
      {.to = request_.deliver_subject, .content = header, .header_size = header.size()});
}

void Snapshot::complete() {
  Services& services = jetstream_.services();
  if (!out_.empty()) send_chunk(out_.size(), true);
  end(index_ > 1 ? kComplete : std::string_view());
  std::string times;
  JsonWriter json(times);
  json.begin_object();
  json.field("start", rfc3339(began_));
  json.field("end", rfc3339(services.now()));
  times.front() = ',';
  services.advisories.snapshot("SNAPSHOT_COMPLETE", "snapshot_complete", stream_name_, client_,
                               times);
}

}  // namespace myelin
