#include "core/jetstream/stream_info.h"

#include <span>

#include "core/base/rfc3339.h"
#include "core/jetstream/stream.h"
#include "core/jetstream/stream_config_json.h"

namespace myelin {
namespace {

// A restored stream may miss more sequences than there is memory to name them.
constexpr uint64_t kSequencesMax = 1'000'000;

// Differs: nats-server writes them all.
void write_sequences(JsonWriter& json, std::span<const SequenceRange> ranges) {
  uint64_t left = kSequencesMax;
  json.begin_array();
  for (const auto& [first, last] : ranges) {
    for (uint64_t sequence = first; sequence <= last && left > 0; ++sequence, --left) {
      json.value(sequence);
    }
  }
  json.end_array();
}

void write_deleted(JsonWriter& json, MessageStore& store) {
  json.name("deleted");
  write_sequences(json, store.deleted());
}

void write_lost(JsonWriter& json, const MessageStore::LostMessages& lost) {
  json.name("lost");
  json.begin_object();
  json.name("msgs");
  write_sequences(json, lost.ranges);
  json.field("bytes", lost.bytes);
  json.end_object();
}

}  // namespace

void write_stream_state(JsonWriter& json, Stream& stream, const StreamInfoWish& wish) {
  MessageStore& store = stream.store();
  const StoreState& state = store.state();
  const bool is_virgin = state.messages == 0 && state.last_sequence == 0;
  json.name("state");
  json.begin_object();
  json.field("messages", state.messages);
  json.field("bytes", state.bytes);
  json.field("first_seq", is_virgin ? uint64_t{0} : state.first_sequence);
  json.field("first_ts", rfc3339(state.messages == 0 ? kZeroTime : state.first_time));
  json.field("last_seq", state.last_sequence);
  json.field("last_ts", rfc3339(state.last_time.unix_ns == 0 ? kZeroTime : state.last_time));
  if (store.subjects() > 0) json.field("num_subjects", store.subjects());
  if (!wish.subjects.empty()) json.name("subjects").raw(wish.subjects);
  const uint64_t deleted = store.deleted_count();
  if (deleted > 0) json.field("num_deleted", deleted);
  if (wish.deleted_details && deleted > 0) write_deleted(json, store);
  if (!store.lost().ranges.empty()) write_lost(json, store.lost());
  json.field("consumer_count", static_cast<uint64_t>(stream.consumers().public_size()));
  json.end_object();
}

void write_stream_info(JsonWriter& json, Stream& stream, const StreamInfoWish& wish) {
  json.name("config");
  write(json, stream.config(), wish.metadata);
  json.field("created", rfc3339(stream.created()));
  write_stream_state(json, stream, wish);
}

}  // namespace myelin
