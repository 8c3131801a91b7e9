// Services: what the streams and consumers of one JetStream share: whom to speak to, where to leave
// what must be durable, and the lists that the turn's end works off. Owned by JetStream.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/base/histogram.h"
#include "core/jetstream/ack_gate.h"
#include "core/jetstream/advisory.h"
#include "core/jetstream/message_store.h"
#include "core/jetstream/meta_log.h"
#include "core/limits.h"
#include "core/options.h"
#include "core/pubsub/account.h"
#include "core/pubsub/context.h"
#include "core/storage/storage.h"

namespace myelin {

class Consumer;
class Stream;

// The kinds of timers, mail and watches that are JetStream's: who their owner is.
enum class JetStreamKind : uint8_t {
  kApi = 128,    // mail: $JS.API.>
  kAck,          // mail: $JS.ACK.>
  kFlowControl,  // mail: $JS.FC.>
  kPull,         // mail: $JS.API.CONSUMER.MSG.NEXT.*.*
  kDirectGet,    // mail: $JS.API.DIRECT.GET.>
  kSnapshot,     // mail and timers of snapshots and restores
  kStream,       // mail: a message for a Stream; its timer: ages and TTLs
  kConsumer,     // timer, watch: a Consumer's
  kJetStream,    // timer: JetStream's own
};

inline bool is_of_jetstream(uint8_t kind) {
  return kind >= static_cast<uint8_t>(JetStreamKind::kApi) &&
         kind <= static_cast<uint8_t>(JetStreamKind::kJetStream);
}

struct Services {
  Context& context;
  Account& account;
  Storage& storage;
  MessageStore::Codec codec;
  AckGate gate;
  Advisories advisories;
  MetaLog meta;
  JetStreamOptions options;

  // Consumers that may have something to deliver, each once (Consumer::wake).
  std::deque<Consumer*> ready;
  // Streams with something to be synced, each once (Stream::touch).
  std::vector<Stream*> touched;

  // Bytes of all streams, by storage: stored, and promised to those with max_bytes.
  struct Usage {
    uint64_t memory = 0;
    uint64_t file = 0;
    uint64_t memory_reserved = 0;
    uint64_t file_reserved = 0;
  };
  Usage usage = {};

  // From a request to the API until its answer.
  Histogram<kLatencyShift, kLatencyBounds> api_latency = {};

  WallTime now() const { return context.now.wall; }
};

}  // namespace myelin
