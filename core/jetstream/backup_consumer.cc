#include "core/jetstream/backup_consumer.h"

#include <algorithm>
#include <map>

#include "core/base/little_endian.h"
#include "core/jetstream/backup_block.h"

namespace myelin {
namespace {

constexpr char kBackupStateMagic = 22;
constexpr char kBackupStateVersion = 2;

// Whatever waits longer is due anyway.
constexpr seconds kAgeMax(365 * 24 * 3600);

using Position = ConsumerState::Position;

// Nothing delivered yet: the message to begin with is told by the one before it.
Position delivered_of(const ConsumerState& state) {
  if (state.delivered().consumer > 0) return state.delivered();
  return {.consumer = 0, .stream = state.next() - 1};
}

void append_position(std::string& to, const Position& position) {
  append_varint(to, position.consumer);
  append_varint(to, position.stream);
}

std::optional<Position> take_position(std::string_view& from) {
  const std::optional<uint64_t> consumer = take_varint(from);
  const std::optional<uint64_t> stream = take_varint(from);
  if (!consumer || !stream || *consumer > kBackupSequenceMax || *stream > kBackupSequenceMax) {
    return std::nullopt;
  }
  return Position{.consumer = *consumer, .stream = *stream};
}

struct Decoded {
  Position floor;
  Position delivered;
  std::map<uint64_t, ConsumerState::Pending> pending;
  std::map<uint64_t, uint32_t> redelivered;  // how often again
};

bool take_pending(std::string_view& from, const Now& now, Decoded& to) {
  const std::optional<uint64_t> count = take_varint(from);
  if (!count) return false;
  if (*count == 0) return true;
  const std::optional<int64_t> base = take_signed_varint(from);
  if (!base) return false;
  const int64_t now_seconds = now.wall.unix_ns / kNsPerSecond;
  for (uint64_t index = 0; index < *count; ++index) {
    const std::optional<uint64_t> sequence = take_varint(from);
    const std::optional<uint64_t> delivery = take_varint(from);
    const std::optional<int64_t> age = take_signed_varint(from);
    if (!sequence || !delivery || !age) return false;
    if (*sequence == 0 || *sequence > kBackupSequenceMax || *delivery > kBackupSequenceMax)
      return false;
    int64_t since = 0;
    int64_t seconds_ago = 0;
    if (__builtin_sub_overflow(*base, *age, &since) ||
        __builtin_sub_overflow(now_seconds, since, &seconds_ago)) {
      return false;
    }
    seconds_ago = std::clamp<int64_t>(seconds_ago, 0, kAgeMax.count());
    const uint64_t at = to.floor.stream + *sequence;
    to.pending[at] = {.sequence = at,
                      .delivery = to.floor.consumer + *delivery,
                      .since = now.mono - seconds(seconds_ago),
                      .deliveries = 1};
  }
  return true;
}

bool take_redelivered(std::string_view& from, Decoded& to) {
  const std::optional<uint64_t> count = take_varint(from);
  if (!count) return false;
  for (uint64_t index = 0; index < *count; ++index) {
    const std::optional<uint64_t> sequence = take_varint(from);
    const std::optional<uint64_t> times = take_varint(from);
    if (!sequence || !times || *sequence > kBackupSequenceMax) return false;
    to.redelivered[to.floor.stream + *sequence] =
        static_cast<uint32_t>(std::min<uint64_t>(*times, UINT32_MAX - 1));
  }
  return true;
}

bool fits(const Decoded& decoded) {
  if (decoded.floor.stream > decoded.delivered.stream) return false;
  if (decoded.floor.consumer > decoded.delivered.consumer) return false;
  return decoded.pending.empty() || decoded.pending.rbegin()->first <= decoded.delivered.stream;
}

}  // namespace

std::string encode_backup_consumer(const ConsumerState& state, const Now& now) {
  const Position delivered = delivered_of(state);
  const Position floor = state.delivered().consumer > 0 ? state.floor() : delivered;
  const int64_t base = now.wall.unix_ns / kNsPerSecond;
  std::string bytes{kBackupStateMagic, kBackupStateVersion};
  append_position(bytes, floor);
  append_position(bytes, delivered);
  append_varint(bytes, state.pending_count());
  if (state.has_pending()) append_signed_varint(bytes, base);
  std::map<uint64_t, uint32_t> redelivered;
  state.for_each([&](const ConsumerState::Pending& pending) {
    append_varint(bytes, pending.sequence - floor.stream);
    append_varint(bytes, pending.delivery - floor.consumer);
    append_signed_varint(bytes, (now.mono - pending.since).count() / kNsPerSecond);
    if (pending.deliveries > 1) redelivered[pending.sequence] = pending.deliveries - 1;
  });
  for (const auto& [sequence, deliveries] : state.given_up()) {
    if (sequence > floor.stream && deliveries > 1) redelivered[sequence] = deliveries - 1;
  }
  append_varint(bytes, redelivered.size());
  for (const auto& [sequence, times] : redelivered) {
    append_varint(bytes, sequence - floor.stream);
    append_varint(bytes, times);
  }
  return bytes;
}

bool decode_backup_consumer(std::string_view bytes, const Now& now, ConsumerState& to) {
  if (bytes.size() < 2 || bytes[0] != kBackupStateMagic || bytes[1] != kBackupStateVersion)
    return false;
  bytes.remove_prefix(2);
  Decoded decoded;
  const std::optional<Position> floor = take_position(bytes);
  const std::optional<Position> delivered = take_position(bytes);
  if (!floor || !delivered) return false;
  decoded.floor = *floor;
  decoded.delivered = *delivered;
  if (!take_pending(bytes, now, decoded) || !take_redelivered(bytes, decoded)) return false;
  if (!fits(decoded)) return false;
  to.restore({.next_delivery = delivered->consumer + 1,
              .next = delivered->stream + 1,
              .delivered = *delivered,
              .floor = *floor});
  if (!to.keeps_pending()) return true;
  for (auto& [sequence, pending] : decoded.pending) {
    const auto again = decoded.redelivered.find(sequence);
    if (again != decoded.redelivered.end()) pending.deliveries += again->second;
    to.restore_pending(pending);
  }
  for (const auto& [sequence, times] : decoded.redelivered) {
    if (decoded.pending.count(sequence) > 0 || sequence > delivered->stream) continue;
    to.restore_given_up(sequence, times + 1);
  }
  return true;
}

}  // namespace myelin
