// Server::State: what a Server is made of, and its turns (docs/architecture.md). Included by the
// files named server*.cc alone, which have its functions by what calls them: a turn's course,
// links, administration, and the outputs that a host drains.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/jetstream/jetstreams.h"
#include "core/limits.h"
#include "core/monitor/inquiry.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/context.h"
#include "core/pubsub/exchange.h"
#include "core/pubsub/resolver.h"
#include "core/server.h"
#include "core/system/claims_service.h"
#include "core/system/system.h"

namespace myelin {

class Server::State {
 public:
  State(Options options, Storage& storage, Codecs codecs, Log& log, const Seed& seed,
        ServerSecrets secrets);

  Result<RecoverProgress> recover(Now now);
  ClientId open(Now now, Peer peer);
  void introduce(Now now, ClientId id, std::string address, uint16_t port);
  bool begin_tls(Now now, ClientId id);
  void secured(Now now, ClientId id, TlsFacts facts);
  void receive(Now now, ClientId id, Bytes bytes);
  void written(Now now, ClientId id, uint64_t size);
  void close(Now now, ClientId id, LinkEnd reason, std::string_view why);
  void synced(Now now, SyncTicket ticket, const FileErrors& failed);
  void done(Now now, TaskId task, const TaskAnswer& answer);
  QueryId query(Now now, std::string_view path, std::string_view parameters, const HostFacts& host);
  void cancel_query(QueryId query);
  void pause_query(QueryId query) { move_query(query, queries_, paused_queries_); }
  void resume_query(QueryId query) { move_query(query, paused_queries_, queries_); }
  void reload(Now now, Options options);
  void host_observed(Now now, const HostFacts& facts);
  void reload_done(Now now, std::string_view error);
  void lame_duck(Now now);
  void shut_down(Now now);
  bool flush(Now now);
  void set_short_of_memory(bool is_short) { context_.is_short_of_memory = is_short; }
  void advance(Now now);
  std::optional<Instant> deadline() const;
  std::optional<Output> next_output();

  const Context& context() const { return context_; }
  uint64_t connections() const { return connections_; }

 private:
  struct Verification {
    uint64_t client;
    uint64_t number;
  };

  struct Query {
    QueryId id;
    Inquiry inquiry;
  };

  void begin_turn(Now now);
  void end_turn();
  void feed(Client& client, std::string_view input);
  void take_mail();
  void take_callout_answer(const Mail& mail);
  void tell_trace();
  void fire(Timer& timer);
  void bury();
  void forget_if_finished(Client& client);
  void apply_server_name();
  std::vector<Client*> clients_by_id() const;
  void close_next_of_lame_duck();
  Observed observed(size_t indentation = kReportIndentation);
  void answer_next_query();
  void tell_blocked_handshakes();
  static void move_query(QueryId query, std::deque<Query>& from, std::deque<Query>& to);
  std::optional<Output> take_request();
  std::optional<Task> take_resolver_request();
  void resume_settled();
  void cancel_task_of(uint64_t client);
  std::optional<Output> take_write(Client& client);

  Context context_;
  Resolver resolver_{context_, context_.keys};
  std::unordered_map<uint64_t, uint64_t> resolver_requests_;  // by task
  std::unique_ptr<JetStreams> jetstream_;
  std::optional<System> system_;
  Exchange exchange_{context_, *context_.accounts,
                     [this](std::string_view importer, const ImportOptions& import,
                            std::string_view exporter, const ExchangePlan::Export& granted) {
                       return resolver_.activates(importer, import, exporter, granted.revocations);
                     }};
  std::optional<ClaimsService> claims_;
  bool is_recovered_ = false;
  uint64_t last_client_ = 0;
  uint64_t last_task_ = 0;
  uint64_t last_query_ = 0;
  uint64_t connections_ = 0;         // those not closing
  std::deque<Client*> withdrawing_;  // closed, and not yet without subscriptions
  size_t dirty_index_ = 0;
  std::unordered_map<uint64_t, Verification> verifications_;  // by task
  std::unordered_map<uint64_t, uint64_t> task_of_;            // by client: its verification
  std::deque<TaskId> cancelled_;
  std::deque<Query> queries_;  // the next to say something first
  std::deque<Query> paused_queries_;
  std::deque<Report> reports_;
  ClosedClients closed_;
  Now start_{};

  static constexpr uint8_t kLameDuckTimer = 255;
  static constexpr uint8_t kBlockedTimer = 254;
  Timer lame_duck_timer_{kLameDuckTimer, this};
  Timer blocked_timer_{kBlockedTimer, this};  // since a handshake was not allowed
  std::deque<uint64_t> leaving_;              // by id, who is to be closed next
  Duration lame_duck_interval_{};
  uint64_t lame_duck_batch_ = 1;
};

}  // namespace myelin
