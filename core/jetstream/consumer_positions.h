// ConsumerPositions: a ConsumerState, and what happens to one, as bytes for the log of positions.
//
//     whole     version  next  ...  pending  given up        stands for itself
//     changes   (kind  sequence  [time])...                  in the order in which they happened
//
// Numbers are varints; times are wall times in milliseconds, because a monotonic clock begins anew
// with the machine. What is read is checked: bytes that are no positions change nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/jetstream/consumer_state.h"

namespace myelin {

// What is kept of one consumer.
struct ConsumerPositions {
  explicit ConsumerPositions(bool keeps_pending) : state(keeps_pending) {}

  ConsumerState state;
  // last_per_subject: as long as next() is not beyond it, only the last message that a subject had
  // up to there is delivered. 0: not, or no longer.
  uint64_t last_per_subject_upto = 0;
};

std::string encode_positions(const ConsumerState& state, uint64_t last_per_subject_upto,
                             const Now& now);
// False if the bytes are none; then nothing has changed.
bool decode_positions(std::string_view bytes, const Now& now, ConsumerPositions& to);

class PositionChanges {
 public:
  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }
  // Gives the memory back too.
  void release() { std::string().swap(bytes_); }

  void delivered(uint64_t sequence, WallTime at) { add(Kind::kDelivered, sequence, at); }
  void redelivered(uint64_t sequence, WallTime at) { add(Kind::kRedelivered, sequence, at); }
  void finished(uint64_t sequence) { add(Kind::kFinished, sequence); }
  void finished_all(const ConsumerState::Position& upto);
  // Its time to be acknowledged runs from `since`.
  void deferred(uint64_t sequence, WallTime since) { add(Kind::kDeferred, sequence, since); }
  void given_up(uint64_t sequence) { add(Kind::kGivenUp, sequence); }
  void forgot_given_up(uint64_t sequence) { add(Kind::kForgotGivenUp, sequence); }

  // False, and some of them made, if the bytes are none or do not fit the state.
  static bool apply(std::string_view bytes, const Now& now, ConsumerState& state);

 private:
  enum class Kind : uint8_t {
    kDelivered = 1,
    kRedelivered,
    kFinished,
    kFinishedAll,
    kDeferred,
    kGivenUp,
    kForgotGivenUp,
  };
  void add(Kind kind, uint64_t sequence);
  void add(Kind kind, uint64_t sequence, WallTime at);

  std::string bytes_;
};

}  // namespace myelin
