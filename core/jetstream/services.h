// Services: what the streams and consumers of one JetStream share: whom to speak to, where to leave
// what must be durable. Most of it is every account's. Owned by JetStream.
#pragma once

#include <cstdint>
#include <string>

#include "core/jetstream/advisory.h"
#include "core/jetstream/meta_log.h"
#include "core/jetstream/shared_services.h"
#include "core/pubsub/account.h"

namespace myelin {

// The kinds of timers, mail and watches that are JetStream's: who their owner is.
enum class JetStreamKind : uint8_t {
  kApi = 128,    // mail: $JS.API.>
  kAck,          // mail: $JS.ACK.>
  kFlowControl,  // mail: $JS.FC.>
  kPull,         // mail: $JS.API.CONSUMER.MSG.NEXT.*.*
  kDirectGet,    // mail: $JS.API.DIRECT.GET.>
  kSnapshot,     // mail and timers of snapshots and restores: a Snapshots'
  kStream,       // mail: a message for a Stream; its timer: ages and TTLs
  kConsumer,     // timer, watch: a Consumer's
  kJetStreams,   // timer: of JetStreams, for all of them
  kRefusal,      // mail: $JS.API.> of an account without JetStream: an ApiRefusal's
};

inline bool is_of_jetstream(uint8_t kind) {
  return kind >= static_cast<uint8_t>(JetStreamKind::kApi) &&
         kind <= static_cast<uint8_t>(JetStreamKind::kRefusal);
}

// "R1" of a stream that one server has.
std::string tier_name(int64_t replicas);

struct Services {
  // `folder`: of this account's files, with a '/' behind it; empty: the store's own.
  Services(SharedServices& all, Account& whose, std::string whose_folder);

  SharedServices& shared;
  Account& account;
  uint64_t number;  // of the JetStream, among SharedServices::jetstreams
  std::string folder;
  Advisories advisories;
  MetaLog meta;
  StorageUsage usage = {};  // of this account

  // Every account's.
  Context& context;
  Storage& storage;
  const MessageStore::Codec& codec;
  const JetStreamOptions& options;
  AckGate& gate;

  // What the account may have of streams with so many replicas; nullptr: none.
  const JetStreamAccountLimits* limits(int64_t replicas) const;
  // The limits are by tier.
  bool has_tiers() const;

  // So many bytes more, or fewer.
  void use(bool is_file, int64_t bytes);
  void reserve(bool is_file, int64_t bytes);

  WallTime now() const { return context.now.wall; }
};

}  // namespace myelin
