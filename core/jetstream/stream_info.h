// StreamInfo: a stream as create, info and list responses show it.
#pragma once

#include <string>

#include "core/base/json.h"
#include "core/jetstream/config_json.h"
#include "core/jetstream/subject_filter.h"

namespace myelin {

class Stream;

struct StreamInfoWish {
  ServerMetadata metadata = ServerMetadata::kShown;
  bool deleted_details = false;
  // {"orders.new":3,...}: state.subjects, written by whoever pages through them; "" for none.
  std::string subjects = {};
};

// config, created, state: inside an object that is open. What follows (cluster, ts) is the
// caller's.
void write_stream_info(JsonWriter& json, Stream& stream, const StreamInfoWish& wish);
// "state":{...} alone.
void write_stream_state(JsonWriter& json, Stream& stream, const StreamInfoWish& wish);

}  // namespace myelin
