// JetStreams: the JetStream of every account, over one Storage. The Server calls it; it calls
// nobody back.
//
//     take(mail) ...  settle: consumers deliver  commit: one sync for all  synced: answers leave
//
// One sync is under way at a time, for the files of all accounts; what happens meanwhile waits for
// the next one, so that the slower the disk, the larger the groups.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/timers.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/shared_services.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/subscription.h"

namespace myelin {

class JetStreams {
 public:
  JetStreams(Context& context, Storage& storage, MessageStore::Codec codec,
             const JetStreamOptions& options);
  ~JetStreams();
  JetStreams(const JetStreams&) = delete;
  JetStreams& operator=(const JetStreams&) = delete;

  // Reads the disk in slices of about `budget` bytes until true; then they take messages.
  Result<bool> recover(uint64_t budget);

  // The accounts have changed, or what they may have: JetStream is made for those that have it
  // now, and taken from those that have not; its files stay.
  void reload(const JetStreamOptions& options);
  // The same for one account.
  void attend(Account& account);

  // Turns.
  void take(const Mail& mail);
  void on_timer(const Timer& timer);
  // What consumers may deliver, a bounded amount.
  void settle();
  // Nothing more is to be delivered now.
  bool is_settled() const { return shared_.ready.empty(); }
  void commit();
  void synced(SyncTicket ticket, const FileErrors& failed);
  // Waiting requests are told; what can be written down is.
  void shut_down();
  // Before a clean end: asks for the sync of what is not on the disk. True while one is under way;
  // call again when it was reported.
  bool flush();

  using ByAccount = std::map<std::string, std::unique_ptr<JetStream>, std::less<>>;
  const ByAccount& all() const { return all_; }
  JetStream* find(std::string_view account) const;
  // The accounts that have JetStream, by name, whether anybody has used it or not.
  std::vector<std::string> accounts() const;
  const SharedServices& shared() const { return shared_; }
  // From asking for a sync until it was reported, and from a request to its answer; what is
  // answered in the turn that it came in took no time that the core knows of.
  using Latency = SharedServices::Latency;
  const Latency& sync_latency() const { return sync_latency_; }
  const Latency& api_latency() const { return shared_.api_latency; }

 private:
  // Says no to the requests of an account without JetStream.
  struct Refusal {
    Refusal(Context& of_server, Account& of);
    ~Refusal();
    Refusal(const Refusal&) = delete;
    Refusal& operator=(const Refusal&) = delete;

    Context& context;
    Account& account;
    InternalTaker taker;
    Subscription::Owner subscription;
  };

  Status attend_all();
  void let_go_of_retired();
  void awaken_exporters(const Account& account);
  bool may_have(const Account& account) const;
  Status check_promises() const;
  Status make(Account& account);
  void refuse(Account& account);
  void end(ByAccount::iterator which);
  Result<bool> recover_made(uint64_t& budget);
  void go_on_recovering();
  void sync_touched();
  void deliver(const AckGate::Rests& on, std::string_view reply, std::string_view answer);
  std::optional<std::string> failure_of(const AckGate::Rests& on, const JetStream& whose);
  void answer_erasures();
  void on_background_timer();
  bool keep_up();
  Stream* find_stream(uint64_t number) const;
  JetStream* find_by_number(uint64_t number) const;
  void record(Latency& latency, Instant since) const;

  SharedServices shared_;
  ByAccount all_;
  std::map<std::string, std::unique_ptr<Refusal>, std::less<>> refusals_;
  std::vector<uint64_t> recovering_;  // numbers; the first one is being read
  bool is_opened_ = false;            // those whose files are there are made
  bool is_recovered_ = false;         // the first time

  std::optional<SyncTicket> under_way_;
  std::vector<uint64_t> syncing_;              // the streams that it is about, and
  std::vector<uint64_t> syncing_definitions_;  // the accounts, by their numbers
  bool has_failed_ = false;                    // some file, some time
  bool upkeep_waits_ = false;                  // for a sync, to go on
  uint64_t upkept_ = 0;                        // the stream whose turn it was last
  size_t snapshots_left_ = 0;                  // of streams, in this round
  Instant snapshot_at_{};
  Instant lazy_sync_at_{};
  Instant sync_asked_{};
  Latency sync_latency_;
};

}  // namespace myelin
