// JetStream: the streams of one account, as one more subscriber: everything it hears is mail,
// everything it says is a message.
//
//     take(mail) ...  settle: consumers deliver  commit: one sync for all  synced: answers leave
//
// The Server calls it; it calls nobody back. One sync is under way at a time; what happens
// meanwhile waits for the next one, so that the slower the disk, the larger the groups.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/histogram.h"
#include "core/base/timers.h"
#include "core/jetstream/api.h"
#include "core/jetstream/services.h"
#include "core/jetstream/snapshots.h"
#include "core/jetstream/stream.h"
#include "core/limits.h"

namespace myelin {

class JetStream {
 public:
  JetStream(Context& context, Account& account, Storage& storage, MessageStore::Codec codec,
            const JetStreamOptions& options);
  ~JetStream();
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  // Reads the disk in slices of about `budget` bytes until true; then it takes messages.
  Result<bool> recover(uint64_t budget);

  // Turns.
  void take(const Mail& mail);
  void on_timer(const Timer& timer);
  // What consumers may deliver, a bounded amount.
  void settle();
  // Nothing more is to be delivered now.
  bool is_settled() const { return services_.ready.empty(); }
  void commit();
  void synced(SyncTicket ticket, const FileErrors& failed);
  void reload(const JetStreamOptions& options) { services_.options = options; }
  // Waiting requests are told; what can be written down is.
  void shut_down();
  // Before a clean end: asks for the sync of what is not on the disk. True while one is under way;
  // call again when it was reported.
  bool flush();

  // Streams.
  Services& services() { return services_; }
  Stream* find(std::string_view stream);
  Consumer* find_consumer(std::string_view stream, std::string_view consumer);
  using Streams = std::map<std::string, std::unique_ptr<Stream>, std::less<>>;
  const Streams& streams() const { return streams_; }
  Snapshots& snapshots() { return snapshots_; }
  // With a config that was checked.
  Result<Stream*> create(StreamConfig config);
  // The same in two steps, for one that has messages before anybody knows it: those of a backup.
  // One that is never begun is for its maker to remove from the disk.
  Result<std::unique_ptr<Stream>> prepare(StreamConfig config, WallTime created);
  Result<Stream*> begin(std::unique_ptr<Stream> stream);
  Status update(Stream& stream, StreamConfig config);
  Status remove(Stream& stream);

  // The API's.
  void count_call(const Mail& mail, std::string_view response);
  void count_error() { ++api_errors_; }
  uint64_t api_calls() const { return api_calls_; }
  uint64_t api_errors() const { return api_errors_; }
  // From asking for a sync until it was reported, and from a request to its answer; what is
  // answered in the turn that it came in took no time that the core knows of.
  using Latency = Histogram<kLatencyShift, kLatencyBounds>;
  const Latency& sync_latency() const { return sync_latency_; }
  const Latency& api_latency() const { return services_.api_latency; }
  // An answer that waits until the stream's erasure is done.
  void hold_for_erasure(const Stream& stream, uint64_t erasure, std::string_view reply,
                        std::string_view answer);

 private:
  struct Erasure {
    std::string stream;
    uint64_t number = 0;
    std::string reply;
    std::string answer;
    Instant asked{};
  };

  static bool takes_api(const InternalTaker& taker, std::string_view subject);
  static bool takes_pull(const InternalTaker& taker, std::string_view subject);
  static bool takes_direct_get(const InternalTaker& taker, std::string_view subject);
  static bool takes_ack(const InternalTaker& taker, std::string_view subject);
  static bool takes_flow_control(const InternalTaker& taker, std::string_view subject);

  void subscribe(InternalTaker& taker, std::string_view subject);
  Status read_definitions();
  void read_stream(std::string_view name, std::string_view definition);
  void read_consumer(std::string_view name, std::string_view definition);
  void drop_orphans();
  void start();
  bool recover_streams(uint64_t& budget);
  Status define(const Stream& stream, const StreamConfig& config);
  Stream* find_by_id(uint64_t id);
  void sync_touched();
  void answer_erasures();
  void on_background_timer();
  std::optional<std::string> failure_of(const AckGate::Rests& on);
  bool keep_up();
  void record(Latency& latency, Instant since) const;

  Services services_;
  Streams streams_;
  std::unordered_map<uint64_t, Stream*> by_id_;
  uint64_t next_stream_id_ = 1;
  InternalTaker api_;
  InternalTaker pull_;
  InternalTaker direct_get_;
  InternalTaker ack_;
  InternalTaker flow_control_;
  std::vector<Subscription::Owner> subscriptions_;

  enum class Recovery { kNotBegun, kStreams, kDone };
  Recovery recovery_ = Recovery::kNotBegun;
  std::vector<Stream*> recovering_;  // the last one is being read

  std::optional<SyncTicket> under_way_;
  std::vector<uint64_t> syncing_;  // the streams whose files it is about
  bool has_failed_ = false;        // some file, some time
  bool has_unread_ = false;        // some definition: files that seem to be nobody's may be its
  std::vector<Erasure> erasures_;
  bool upkeep_waits_ = false;  // for a sync, to go on
  std::string upkept_;         // the stream whose turn it was last
  size_t snapshots_left_ = 0;  // of streams, in this round
  Snapshots snapshots_{*this};
  Timer background_;
  Instant snapshot_at_{};
  Instant lazy_sync_at_{};

  Instant sync_asked_{};
  Latency sync_latency_;
  uint64_t api_calls_ = 0;
  uint64_t api_errors_ = 0;
};

}  // namespace myelin
