#include "core/jetstream/message_wish.h"

#include "core/jetstream/stream.h"

namespace myelin {

std::optional<StoredMessage> find_message(Stream& stream, const MessageWish& wish) {
  MessageStore& store = stream.store();
  const uint64_t released = stream.released();
  if (!wish.last_by_subject.empty()) {
    return store.last(SubjectFilter({wish.last_by_subject}), released);
  }
  uint64_t from = wish.sequence;
  if (wish.start_time) from = store.sequence_at(*wish.start_time);
  if (!wish.next_by_subject.empty()) {
    return store.next(SubjectFilter({wish.next_by_subject}), from, released);
  }
  if (wish.start_time) return store.next({}, from, released);
  if (from > released) return std::nullopt;
  return store.load(from);
}

}  // namespace myelin
