#include "core/jetstream/consumer_positions.h"

#include <optional>

namespace myelin {
namespace {

constexpr uint64_t kPositionsVersion = 1;
constexpr int64_t kNsPerMs = 1000 * 1000;

void put(std::string& to, uint64_t value) {
  while (value >= 0x80) {
    to.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<char>(value));
}

uint64_t milliseconds_of(WallTime at) {
  return at.unix_ns < 0 ? 0 : static_cast<uint64_t>(at.unix_ns / kNsPerMs);
}

WallTime wall_time(Instant at, const Now& now) {
  return {now.wall.unix_ns - (now.mono - at).count()};
}

Instant instant(uint64_t milliseconds, const Now& now) {
  constexpr uint64_t kMax = INT64_MAX / kNsPerMs;
  if (milliseconds > kMax) return now.mono;
  const int64_t ago = now.wall.unix_ns - static_cast<int64_t>(milliseconds) * kNsPerMs;
  return now.mono - Duration(ago);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  bool failed() const { return failed_; }
  uint64_t take() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    rest_ = {};
    return 0;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

bool read_pending(Reader& reader, const Now& now, ConsumerState& state) {
  uint64_t sequence = 0;
  for (uint64_t left = reader.take(); left > 0; --left) {
    const uint64_t step = reader.take();
    const uint64_t delivery = reader.take();
    const uint64_t deliveries = reader.take();
    const Instant since = instant(reader.take(), now);
    if (reader.failed() || step == 0 || deliveries == 0 || deliveries > UINT32_MAX ||
        state.next() <= sequence || step >= state.next() - sequence) {
      return false;
    }
    sequence += step;
    state.restore_pending({.sequence = sequence,
                           .delivery = delivery,
                           .since = since,
                           .deliveries = static_cast<uint32_t>(deliveries)});
  }
  return !reader.failed();
}

bool read_given_up(Reader& reader, ConsumerState& state) {
  for (uint64_t left = reader.take(); left > 0; --left) {
    const uint64_t sequence = reader.take();
    const uint64_t deliveries = reader.take();
    if (reader.failed()) return false;
    state.restore_given_up(sequence, static_cast<uint32_t>(deliveries));
  }
  return !reader.failed();
}

}  // namespace

std::string encode_positions(const ConsumerState& state, uint64_t last_per_subject_upto,
                             const Now& now) {
  std::string bytes;
  const ConsumerState::Summary summary = state.summary();
  for (uint64_t number :
       {kPositionsVersion, summary.next_delivery, summary.next, summary.delivered.consumer,
        summary.delivered.stream, summary.floor.consumer, summary.floor.stream,
        last_per_subject_upto, state.pending_count()}) {
    put(bytes, number);
  }
  uint64_t previous = 0;
  state.for_each([&](const ConsumerState::Pending& pending) {
    put(bytes, pending.sequence - previous);
    put(bytes, pending.delivery);
    put(bytes, pending.deliveries);
    put(bytes, milliseconds_of(wall_time(pending.since, now)));
    previous = pending.sequence;
  });
  put(bytes, state.given_up().size());
  for (const auto& [sequence, deliveries] : state.given_up()) {
    put(bytes, sequence);
    put(bytes, deliveries);
  }
  return bytes;
}

bool decode_positions(std::string_view bytes, const Now& now, ConsumerPositions& to) {
  Reader reader(bytes);
  if (reader.take() != kPositionsVersion) return false;
  ConsumerState::Summary summary;
  summary.next_delivery = reader.take();
  summary.next = reader.take();
  summary.delivered = {.consumer = reader.take(), .stream = reader.take()};
  summary.floor = {.consumer = reader.take(), .stream = reader.take()};
  const uint64_t upto = reader.take();
  if (reader.failed() || summary.next == 0 || summary.next_delivery == 0) return false;
  ConsumerPositions read(to.state.keeps_pending());
  read.state.restore(summary);
  read.last_per_subject_upto = upto;
  if (!read_pending(reader, now, read.state)) return false;
  if (!read_given_up(reader, read.state) || !reader.at_end()) return false;
  to = std::move(read);
  return true;
}

void PositionChanges::add(Kind kind, uint64_t sequence) {
  bytes_.push_back(static_cast<char>(kind));
  put(bytes_, sequence);
}

void PositionChanges::add(Kind kind, uint64_t sequence, WallTime at) {
  add(kind, sequence);
  put(bytes_, milliseconds_of(at));
}

void PositionChanges::finished_all(const ConsumerState::Position& upto) {
  add(Kind::kFinishedAll, upto.stream);
  put(bytes_, upto.consumer);
}

bool PositionChanges::apply(std::string_view bytes, const Now& now, ConsumerState& state) {
  Reader reader(bytes);
  while (!reader.at_end()) {
    const uint64_t kind = reader.take();
    const uint64_t sequence = reader.take();
    const auto takes_time = [&] { return instant(reader.take(), now); };
    ConsumerState::Pending* pending = state.find(sequence);
    switch (static_cast<Kind>(kind)) {
      case Kind::kDelivered: {
        const Instant since = takes_time();
        if (reader.failed() || sequence < state.next()) return false;
        state.deliver(sequence, since);
        break;
      }
      case Kind::kRedelivered: {
        const Instant since = takes_time();
        if (pending != nullptr) state.redeliver(*pending, since);
        break;
      }
      case Kind::kFinished:
        state.finish(sequence);
        break;
      case Kind::kFinishedAll:
        state.finish_all({.consumer = reader.take(), .stream = sequence}, [](uint64_t) {});
        break;
      case Kind::kDeferred: {
        const Instant since = takes_time();
        if (pending != nullptr) pending->since = since;
        break;
      }
      case Kind::kGivenUp:
        if (pending != nullptr) state.give_up(sequence);
        break;
      case Kind::kForgotGivenUp:
        state.forget_given_up(sequence);
        break;
      default:
        return false;
    }
  }
  return !reader.failed();
}

}  // namespace myelin
