// SharedServices: what the JetStreams of all accounts share: the disk, the answers that wait for
// it, and the lists that the turn's end works off, so that a turn costs what happened in it and not
// how many accounts there are. Owned by JetStreams.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/base/histogram.h"
#include "core/base/timers.h"
#include "core/jetstream/ack_gate.h"
#include "core/jetstream/message_store.h"
#include "core/limits.h"
#include "core/options.h"
#include "core/pubsub/context.h"
#include "core/storage/storage.h"

namespace myelin {

class Consumer;
class JetStream;
class Stream;

// Bytes of streams, by storage: stored, and promised to those with max_bytes.
struct StorageUsage {
  uint64_t memory = 0;
  uint64_t file = 0;
  uint64_t memory_reserved = 0;
  uint64_t file_reserved = 0;

  uint64_t& used(bool is_file) { return is_file ? file : memory; }
  uint64_t used(bool is_file) const { return is_file ? file : memory; }
  uint64_t& reserved(bool is_file) { return is_file ? file_reserved : memory_reserved; }
  uint64_t reserved(bool is_file) const { return is_file ? file_reserved : memory_reserved; }
};

// An answer that waits until a stream's erasure is done.
struct AwaitedErasure {
  uint64_t jetstream = 0;  // numbers
  uint64_t stream = 0;
  uint64_t erasure = 0;
  std::string reply;
  std::string answer;
  Instant asked{};
};

struct SharedServices {
  Context& context;
  Storage& storage;
  MessageStore::Codec codec;
  JetStreamOptions options;
  Timer background;  // of what is done beside: set to be done at once
  AckGate gate = {};
  std::vector<AwaitedErasure> erasures = {};

  // Consumers that may have something to deliver, each once (Consumer::wake).
  std::deque<Consumer*> ready = {};
  // Streams with something to be synced, each once (Stream::touch).
  std::vector<Stream*> touched = {};
  // The same of definitions: numbers of JetStreams, some of which may be gone (MetaLog::Note).
  std::vector<uint64_t> changed = {};

  // By a number that no other has or had: handles for what may be gone when it is asked for.
  std::map<uint64_t, JetStream*> jetstreams = {};
  std::map<uint64_t, Stream*> streams = {};  // those that take messages
  uint64_t last_number = 0;

  StorageUsage usage = {};  // of all accounts

  // From a request to the API until its answer.
  using Latency = Histogram<kLatencyShift, kLatencyBounds>;
  Latency api_latency = {};
  uint64_t api_calls = 0;
  uint64_t api_errors = 0;
};

}  // namespace myelin
