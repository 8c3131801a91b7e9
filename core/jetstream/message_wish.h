// MessageWish: which one message of a stream a get asks for (STREAM.MSG.GET, direct get): a
// sequence, the last one on a subject, or the next one on it from a sequence or a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/jetstream/message_store.h"

namespace myelin {

class Stream;

struct MessageWish {
  uint64_t sequence = 0;
  std::string last_by_subject;
  std::string next_by_subject;
  std::optional<WallTime> start_time;

  bool is_empty() const {
    return sequence == 0 && last_by_subject.empty() && next_by_subject.empty() && !start_time;
  }
};

// Of what is released; borrowed until the store's next call.
std::optional<StoredMessage> find_message(Stream& stream, const MessageWish& wish);

}  // namespace myelin
