// What /varz and /jsz both say of JetStream. Fields of an object that is open.
#pragma once

#include <cstdint>

#include "core/base/json.h"
#include "core/monitor/observed.h"
#include "core/options.h"

namespace myelin {

enum class StoreDirectory : uint8_t { kShown, kHidden };
void write_jetstream_config(JsonWriter& json, const Options& options,
                            StoreDirectory directory = StoreDirectory::kShown);
void write_jetstream_stats(JsonWriter& json, const Observed& server);
// Over all streams, a bounded number of them a step.
class JetStreamSum {
 public:
  // True once all are in.
  bool next(const JetStreams& jetstreams);

  uint64_t streams = 0;
  uint64_t consumers = 0;
  uint64_t messages = 0;
  uint64_t bytes = 0;

 private:
  uint64_t last_ = 0;  // the last one looked at
};

// An object of its own.
void write_jetstream_limits(JsonWriter& json, const Options& options);
// The three of them.
void write_jetstream(JsonWriter& json, const Observed& server, StoreDirectory directory);

}  // namespace myelin
