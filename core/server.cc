#include "core/server.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "core/base/text.h"
#include "core/identity/nkey.h"
#include "core/jetstream/jetstreams.h"
#include "core/limits.h"
#include "core/monitor/inquiry.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/callouts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/context.h"
#include "core/pubsub/exchange.h"
#include "core/pubsub/message_trace.h"
#include "core/pubsub/owner_kind.h"
#include "core/pubsub/resolver.h"
#include "core/system/claims_service.h"
#include "core/system/encoding.h"
#include "core/system/system.h"

namespace myelin {
namespace {

std::string random_key(Random& random) {
  std::string key;
  for (int index = 0; index < 32; ++index) key += static_cast<char>(random.below(256));
  return key;
}

// Where the host lends no mathematics, the id is as random as a key, and nobody has its seed.
void make_keys(Context& context, const KeyCodecs& codecs, ServerSecrets secrets) {
  context.keys = codecs;
  std::string seed = random_key(context.random);
  if (!codecs.are_there()) {
    context.server_id = encode_nkey(NkeyKind::kServer, seed);
    return;
  }
  context.identity_seed = secrets.identity_seed.empty() ? seed : std::move(secrets.identity_seed);
  context.xkey_seed =
      secrets.curve_seed.empty() ? random_key(context.random) : std::move(secrets.curve_seed);
  context.server_id = encode_nkey(NkeyKind::kServer,
                                  codecs.ed25519_public_key(context.identity_seed).value_or(seed));
  if (const auto key = codecs.x25519_public_key(context.xkey_seed)) {
    context.xkey = encode_nkey(NkeyKind::kCurve, *key);
  }
}

uint8_t connection_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::kWebSocket:
      return kWebSocketConnection;
    case LinkKind::kInProcess:
      return kInProcessConnection;
    case LinkKind::kTcp:
    case LinkKind::kUnix:
      return kStandardConnection;
  }
  return kStandardConnection;
}

std::unique_ptr<WebSocketPeer> to_websocket_peer(Peer& peer) {
  if (peer.kind != LinkKind::kWebSocket) return nullptr;
  return std::make_unique<WebSocketPeer>(WebSocketPeer{
      .forwarded_for = std::move(peer.forwarded_for), .cookies = std::move(peer.cookies)});
}

ClientPeer to_client_peer(Peer peer) {
  std::unique_ptr<WebSocketPeer> websocket = to_websocket_peer(peer);
  return {.address = std::move(peer.address),
          .port = peer.port,
          .waits_for_tls_first = peer.tls == TlsMode::kFirst,
          .starts_tls_after_info = peer.tls == TlsMode::kAfterInfo,
          .awaits_proxy_header = peer.awaits_proxy_header,
          .connection = connection_of(peer.kind),
          .nonce = std::move(peer.nonce),
          .websocket = std::move(websocket)};
}

CloseReason reason_of(LinkEnd end) {
  switch (end) {
    case LinkEnd::kPeerClosed:
      return CloseReason::kClientClosed;
    case LinkEnd::kReadError:
      return CloseReason::kReadError;
    case LinkEnd::kWriteError:
      return CloseReason::kWriteError;
    case LinkEnd::kTlsHandshakeFailed:
    case LinkEnd::kNoTls:
      return CloseReason::kTlsHandshakeFailure;
    case LinkEnd::kBadProxyHeader:
      return CloseReason::kProtocolViolation;
  }
  return CloseReason::kClientClosed;
}

}  // namespace

class Server::State {
 public:
  State(Options options, Storage& storage, Codecs codecs, Log& log, const Seed& seed,
        ServerSecrets secrets)
      : context_(std::move(options), log, seed) {
    make_keys(context_, codecs.keys, std::move(secrets));
    context_.resolver = &resolver_;
    context_.time_of_day = codecs.time_of_day;
    apply_server_name();
    if (context_.options.jetstream) {
      jetstream_ = std::make_unique<JetStreams>(
          context_, storage,
          MessageStore::Codec{.compress = codecs.compress, .decompress = codecs.decompress},
          *context_.options.jetstream);
    }
    is_recovered_ = !jetstream_;
    system_.emplace(context_);
    claims_.emplace(context_, *system_, resolver_, context_.keys);
    resolver_.when_changed([this](Account& account) {
      exchange_.apply(account);
      if (jetstream_) jetstream_->attend(account);
    });
  }

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

  // Claims are good at a time: accounts that JWTs claim are there from the first turn on.
  void begin_turn(Now now) {
    context_.now = now;
    if (start_.mono != Instant{}) return;
    start_ = now;
    resolver_.apply();
    if (context_.options.operators) claims_->serve();
  }
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

// Turns ---------------------------------------------------------------------------------------

void Server::State::end_turn() {
  while (Timer* timer = context_.timers.expired(context_.now.mono)) fire(*timer);
  take_mail();
  system_->settle(observed(0));
  if (jetstream_) {
    jetstream_->settle();
    take_mail();
    jetstream_->commit();
  } else if (context_.mailbox.has_mail()) {
    take_mail();
  }
  if (!context_.closing.empty() || !withdrawing_.empty()) bury();
}

void Server::State::fire(Timer& timer) {
  if (timer.kind() == kLameDuckTimer) {
    close_next_of_lame_duck();
  } else if (timer.kind() == kBlockedTimer) {
    tell_blocked_handshakes();
  } else if (is_of_exchange(timer.kind())) {
    exchange_.on_timer(timer);
  } else if (is_of_system(timer.kind())) {
    system_->on_timer(timer);
  } else if (is_of_jetstream(timer.kind())) {
    jetstream_->on_timer(timer);
  } else if (Resolver::owns(timer)) {
    resolver_.on_timer(timer);
    resume_settled();
  } else {
    static_cast<Client*>(timer.owner())->on_timer(timer);
  }
}

void Server::State::tell_blocked_handshakes() {
  context_.log.write(LogLevel::kWarning,
                     "Rejected " +
                         decimal(static_cast<int64_t>(context_.handshake_rate.take_blocked())) +
                         " connections due to TLS rate limiting");
}

// Clients that leave much behind are taken apart over several turns; meanwhile they take no
// message.
void Server::State::bury() {
  // Whoever is told of an end may be too slow to hear it, and join them.
  for (size_t index = 0; index < context_.closing.size(); ++index) {
    Client& client = *context_.closing[index];
    --connections_;
    system_->left(client);
    cancel_task_of(client.id());
    context_.roster.remove(client.id());
    closed_.add(client, context_.now.wall, context_.options.monitor.max_closed_clients);
  }
  withdrawing_.insert(withdrawing_.end(), context_.closing.begin(), context_.closing.end());
  context_.closing.clear();
  uint32_t allowance = kWithdrawMax;
  while (!withdrawing_.empty()) {
    Client& client = *withdrawing_.front();
    if (!client.withdraw(allowance)) return;
    withdrawing_.pop_front();
    forget_if_finished(client);
  }
}

void Server::State::forget_if_finished(Client& client) {
  if (!client.is_finished()) return;
  if (client.is_dirty()) {
    // What next_output() has passed may still name the client from an earlier time.
    const auto left = context_.dirty.begin() + static_cast<std::ptrdiff_t>(dirty_index_);
    const auto found = std::find(left, context_.dirty.end(), &client);
    if (found != context_.dirty.end()) *found = nullptr;
  }
  context_.clients.erase(client.id());
}

// Each message for a part of the server is taken before the client's next operation.
void Server::State::feed(Client& client, std::string_view input) {
  if (context_.mailbox.has_mail()) take_mail();  // it has just logged in
  while (!input.empty()) {
    input = client.receive(input);
    if (context_.mailbox.has_mail()) take_mail();
  }
}

void Server::State::take_mail() {
  do {
    for (const uint64_t id : context_.mailbox.take_arrivals()) {
      const Client* const client = context_.find(id);
      if (client != nullptr && !client->is_closing()) system_->came(*client);
    }
    while (const std::optional<Mail> mail = context_.mailbox.next()) {
      const uint8_t kind = mail->taker->kind;
      if (is_of_exchange(kind)) {
        exchange_.take(*mail);
      } else if (is_of_system(kind)) {
        system_->take(*mail);
      } else if (kind == kIdentityKinds) {
        take_callout_answer(*mail);
      } else {
        jetstream_->take(*mail);
      }
    }
    exchange_.conclude();
    if (context_.trace) tell_trace();
  } while (context_.mailbox.has_mail());
}

void Server::State::take_callout_answer(const Mail& mail) {
  const Callouts::Answer answer = context_.callouts->take(mail);
  if (Client* client = context_.find(answer.client)) {
    client->callout_answered(answer.number, answer.payload);
  }
}

void Server::State::tell_trace() {
  const std::unique_ptr<MessageTrace> trace = std::exchange(context_.trace, nullptr);
  if (context_.accounts->system() == nullptr) return;
  std::string event;
  JsonWriter json(event);
  json.begin_object();
  json.name("server");
  system_->write_server(json);
  trace->write(json);
  json.end_object();
  const Encoded told = encoded(event, encoding_wanted(trace->wanted_encoding()));
  trace->account().send(
      context_,
      {.to = trace->destination(), .content = told.content, .header_size = told.header_size});
}

// Restart -------------------------------------------------------------------------------------

Result<RecoverProgress> Server::State::recover(Now now) {
  begin_turn(now);
  if (jetstream_) {
    const Result<bool> done = jetstream_->recover(kRecoverySlice);
    if (!done.ok()) return done.error();
    is_recovered_ = done.value();
  }
  end_turn();
  return is_recovered_ ? RecoverProgress::kDone : RecoverProgress::kMore;
}

// Links ---------------------------------------------------------------------------------------

ClientId Server::State::open(Now now, Peer peer) {
  begin_turn(now);
  const uint64_t id = ++last_client_;
  auto owner = std::make_unique<Client>(context_, id, to_client_peer(std::move(peer)));
  Client& client = *owner;
  context_.clients.emplace(id, std::move(owner));
  context_.roster.add(id);
  const int64_t max = context_.options.max_connections;
  const bool is_one_too_many = max < 0 || (max > 0 && connections_ >= static_cast<uint64_t>(max));
  ++connections_;
  client.open();
  if (is_one_too_many) client.fail(Fault::kMaxConnections);
  end_turn();
  return ClientId{id};
}

void Server::State::introduce(Now now, ClientId id, std::string address, uint16_t port) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) client->introduce(std::move(address), port);
  end_turn();
}

bool Server::State::begin_tls(Now now, ClientId id) {
  begin_turn(now);
  Client* const client = context_.find(id.value);
  const bool may_begin = client != nullptr && client->begin_tls();
  if (context_.handshake_rate.blocked() > 0 && !blocked_timer_.is_set()) {
    context_.timers.set(blocked_timer_, now.mono + seconds(1));
  }
  end_turn();
  return may_begin;
}

void Server::State::secured(Now now, ClientId id, TlsFacts facts) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) client->secured(std::move(facts));
  end_turn();
}

void Server::State::receive(Now now, ClientId id, Bytes bytes) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) feed(*client, as_text(bytes));
  end_turn();
}

void Server::State::written(Now now, ClientId id, uint64_t size) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) {
    client->written(size);
    forget_if_finished(*client);
  }
  end_turn();
}

void Server::State::close(Now now, ClientId id, LinkEnd reason, std::string_view why) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) {
    const bool is_probe = reason == LinkEnd::kNoTls;
    if (is_probe || reason == LinkEnd::kTlsHandshakeFailed) client->tls_failed(why, is_probe);
    if (reason == LinkEnd::kReadError && !why.empty()) client->reading_failed(why);
    if (reason == LinkEnd::kBadProxyHeader) client->proxy_header_failed(why);
    const bool was_buried = client->is_closing();
    client->link_ended(reason_of(reason));
    if (was_buried) forget_if_finished(*client);
  }
  end_turn();
}

void Server::State::synced(Now now, SyncTicket ticket, const FileErrors& failed) {
  begin_turn(now);
  if (jetstream_) jetstream_->synced(ticket, failed);
  end_turn();
}

void Server::State::done(Now now, TaskId task, const TaskAnswer& answer) {
  begin_turn(now);
  const auto found = verifications_.find(task.value);
  if (found != verifications_.end()) {
    const Verification verification = found->second;
    verifications_.erase(found);
    task_of_.erase(verification.client);
    if (Client* client = context_.find(verification.client)) {
      client->verified(verification.number, answer);
      feed(*client, client->take_held_input());
    }
  }
  const auto request = resolver_requests_.find(task.value);
  if (request != resolver_requests_.end()) {
    const uint64_t number = request->second;
    resolver_requests_.erase(request);
    resolver_.answered(number, answer);
    resume_settled();
  }
  end_turn();
}

// Administration ------------------------------------------------------------------------------

std::vector<Client*> Server::State::clients_by_id() const {
  std::vector<Client*> clients;
  for (const auto& [id, client] : context_.clients) {
    if (!client->is_closing()) clients.push_back(client.get());
  }
  std::sort(clients.begin(), clients.end(),
            [](const Client* a, const Client* b) { return a->id() < b->id(); });
  return clients;
}

void Server::State::apply_server_name() {
  const std::string& name = context_.options.server_name;
  context_.server_name = name.empty() ? context_.server_id : name;
}

void Server::State::reload(Now now, Options options) {
  begin_turn(now);
  context_.authorization_changed = context_.options.authorization != options.authorization ||
                                   context_.options.accounts != options.accounts;
  // Users and accounts of the old ones are referred to until every client was judged anew.
  const Options before = std::exchange(context_.options, std::move(options));
  const auto old = std::exchange(context_.authenticators, make_authenticators(context_.options));
  apply_server_name();
  context_.accounts->apply();
  resolver_.apply();
  exchange_.apply();
  system_->apply();
  if (jetstream_ && context_.options.jetstream) jetstream_->reload(*context_.options.jetstream);
  std::vector<Client*> clients = clients_by_id();
  for (Client* client : clients) {
    client->reload();
    feed(*client, client->take_held_input());
  }

  context_.callouts->leave_retired();
  for (const auto& [name, account] : context_.accounts->all()) account->close_surplus();

  std::erase_if(clients, [](const Client* client) { return client->is_closing(); });
  const int64_t max = context_.options.max_connections;
  const auto allowed = static_cast<size_t>(std::max<int64_t>(max, 0));
  while (max != 0 && clients.size() > allowed) {
    std::swap(clients[static_cast<size_t>(context_.random.below(clients.size()))], clients.back());
    clients.back()->fail(Fault::kMaxConnections);
    clients.pop_back();
  }
  // Those just closed still refer to the old users.
  end_turn();
}

void Server::State::host_observed(Now now, const HostFacts& facts) {
  begin_turn(now);
  system_->host_observed(facts);
  end_turn();
}

void Server::State::reload_done(Now now, std::string_view error) {
  begin_turn(now);
  system_->reload_done(error);
  end_turn();
}

void Server::State::lame_duck(Now now) {
  begin_turn(now);
  if (std::exchange(context_.lame_duck, true)) return end_turn();
  system_->lame_duck();
  for (Client* client : clients_by_id()) client->announce_lame_duck();
  context_.timers.set(lame_duck_timer_, now.mono + context_.options.lame_duck_grace_period);
  end_turn();
}

// Clients leave one at a time over what is left of the duration, at most a second apart. Whoever
// came meanwhile leaves after them, in the same steps.
void Server::State::close_next_of_lame_duck() {
  if (leaving_.empty()) {
    for (const Client* client : clients_by_id()) leaving_.push_back(client->id());
    if (leaving_.empty()) return;
  }
  if (lame_duck_interval_ == Duration{}) {
    context_.log.write(LogLevel::kInfo, "Closing existing clients");
    const Options& options = context_.options;
    const Duration span = options.lame_duck_duration - options.lame_duck_grace_period;
    const Duration fair = span / static_cast<int64_t>(leaving_.size());
    lame_duck_interval_ = std::clamp<Duration>(fair, milliseconds(1), seconds(1));
    lame_duck_batch_ =
        fair < milliseconds(1)
            ? static_cast<uint64_t>(milliseconds(1) / std::max(fair, Duration(1))) + 1
            : 1;
  }
  for (uint64_t count = 0; count < lame_duck_batch_ && !leaving_.empty();) {
    Client* client = context_.find(leaving_.front());
    leaving_.pop_front();
    if (client == nullptr || client->is_closing()) continue;
    client->close(CloseReason::kServerShutdown);
    ++count;
  }
  const Duration half = lame_duck_interval_ / 2;
  const Duration spread(context_.random.below(static_cast<uint64_t>(half.count()) + 1));
  context_.timers.set(lame_duck_timer_, context_.now.mono + half + spread);
}

void Server::State::shut_down(Now now) {
  begin_turn(now);
  system_->shut_down();
  if (jetstream_ && is_recovered_) jetstream_->shut_down();
  for (Client* client : clients_by_id()) client->close(CloseReason::kServerShutdown);
  end_turn();
}

bool Server::State::flush(Now now) {
  begin_turn(now);
  return jetstream_ && is_recovered_ && jetstream_->flush();
}

Observed Server::State::observed(size_t indentation) {
  return {.context = context_,
          .jetstream = jetstream_.get(),
          .closed = closed_,
          .start = start_,
          .is_recovered = is_recovered_,
          .connections = connections_,
          .connections_ever = last_client_,
          .indentation = indentation};
}

QueryId Server::State::query(Now now, std::string_view path, std::string_view parameters,
                             const HostFacts& host) {
  begin_turn(now);
  const QueryId id{++last_query_};
  queries_.push_front({id, Inquiry(observed(), path, parameters, host)});
  answer_next_query();
  end_turn();
  return id;
}

// One slice a turn, in turns: what takes long holds up neither messages nor other queries.
void Server::State::answer_next_query() {
  if (queries_.empty()) return;
  Query query = std::move(queries_.front());
  queries_.pop_front();
  Report report{.id = query.id,
                .status = query.inquiry.status(),
                .content_type = query.inquiry.content_type()};
  report.last = query.inquiry.next(observed(), report.bytes);
  if (!report.last) queries_.push_back(std::move(query));
  if (report.last || !report.bytes.empty()) reports_.push_back(std::move(report));
}

void Server::State::cancel_query(QueryId query) {
  const auto is_asked = [query](const Query& asked) { return asked.id.value == query.value; };
  std::erase_if(queries_, is_asked);
  std::erase_if(paused_queries_, is_asked);
  std::erase_if(reports_, [query](const Report& report) { return report.id.value == query.value; });
}

void Server::State::move_query(QueryId query, std::deque<Query>& from, std::deque<Query>& to) {
  for (auto each = from.begin(); each != from.end(); ++each) {
    if (each->id.value != query.value) continue;
    to.push_back(std::move(*each));
    from.erase(each);
    return;
  }
}

void Server::State::advance(Now now) {
  begin_turn(now);
  answer_next_query();
  end_turn();
}

std::optional<Instant> Server::State::deadline() const {
  if (!withdrawing_.empty() || !queries_.empty()) return context_.now.mono;
  if (jetstream_ && !jetstream_->is_settled()) return context_.now.mono;
  if (!system_->is_settled()) return context_.now.mono;
  if (context_.mailbox.has_mail() || !exchange_.is_settled()) return context_.now.mono;
  return context_.timers.deadline();
}

// Output --------------------------------------------------------------------------------------

std::optional<Output> Server::State::take_request() {
  Context::Request request = std::move(context_.requests.front());
  context_.requests.pop_front();
  const Client* asking = context_.find(request.client);
  if (asking == nullptr || asking->is_closing()) return std::nullopt;
  const ClientId client{request.client};
  switch (request.kind) {
    case Context::Request::Kind::kPauseRead:
      return PauseRead{client};
    case Context::Request::Kind::kResumeRead:
      return ResumeRead{client};
    case Context::Request::Kind::kVerifyBcrypt:
    case Context::Request::Kind::kVerifySignatures:
      break;
  }
  cancel_task_of(request.client);
  const TaskId task{++last_task_};
  verifications_[task.value] = {.client = request.client, .number = request.verification};
  task_of_[request.client] = task.value;
  if (request.kind == Context::Request::Kind::kVerifySignatures) {
    return Task{task, VerifyEd25519{std::move(request.signatures)}};
  }
  return Task{task, VerifyBcrypt{std::move(request.hash), std::move(request.password)}};
}

std::optional<Task> Server::State::take_resolver_request() {
  std::optional<Resolver::Pending> pending = resolver_.next_request();
  if (!pending) return std::nullopt;
  const TaskId task{++last_task_};
  resolver_requests_[task.value] = pending->number;
  ResolverRequest& request = pending->request;
  switch (request.kind) {
    case ResolverRequest::Kind::kFetch:
      return Task{task, FetchAccountJwt{std::move(request.account)}};
    case ResolverRequest::Kind::kStore:
      return Task{task, StoreAccountJwt{std::move(request.account), std::move(request.jwt)}};
    case ResolverRequest::Kind::kDelete:
      return Task{task, DeleteAccountJwt{std::move(request.account)}};
    case ResolverRequest::Kind::kList:
      break;
  }
  return Task{task, ListAccountJwts{std::move(request.account), kAccountPageSize}};
}

// Log-ins that waited for an account.
void Server::State::resume_settled() {
  for (const uint64_t id : resolver_.take_settled()) {
    Client* const client = context_.find(id);
    if (client == nullptr) continue;
    client->account_settled();
    feed(*client, client->take_held_input());
  }
}

// A log-in that was given up must not make others wait for its hash.
void Server::State::cancel_task_of(uint64_t client) {
  const auto found = task_of_.find(client);
  if (found == task_of_.end()) return;
  verifications_.erase(found->second);
  cancelled_.push_back(TaskId{found->second});
  task_of_.erase(found);
}

std::optional<Output> Server::State::take_write(Client& client) {
  Client::Emission emission = client.emit();
  const ClientId id{client.id()};
  const bool says_something =
      !emission.chunks.empty() || emission.start_tls || emission.flush_and_close || emission.abort;
  forget_if_finished(client);
  if (!says_something) return std::nullopt;
  return Write{.client = id,
               .chunks = std::move(emission.chunks),
               .start_tls = emission.start_tls,
               .close = emission.abort             ? Write::Close::kAbort
                        : emission.flush_and_close ? Write::Close::kFlush
                                                   : Write::Close::kNo,
               .close_code = close_code_of(emission.reason),
               .close_reason = text_of(emission.reason)};
}

std::optional<Output> Server::State::next_output() {
  while (!context_.requests.empty()) {
    if (std::optional<Output> request = take_request()) return request;
  }
  if (std::optional<Task> task = take_resolver_request()) return std::move(*task);
  if (!cancelled_.empty()) {
    const CancelTask cancel{cancelled_.front()};
    cancelled_.pop_front();
    return cancel;
  }
  if (system_->take_wish_for_host_facts()) return ObserveHost{};
  if (system_->take_wish_for_reload()) return WantReload{};
  if (!reports_.empty()) {
    Report report = std::move(reports_.front());
    reports_.pop_front();
    return report;
  }
  while (dirty_index_ < context_.dirty.size()) {
    Client* client = context_.dirty[dirty_index_++];
    if (client == nullptr) continue;
    if (std::optional<Output> write = take_write(*client)) return write;
  }
  context_.dirty.clear();
  dirty_index_ = 0;
  return std::nullopt;
}

// The contract --------------------------------------------------------------------------------

Server::Server(Options options, Storage& storage, Codecs codecs, Log& log, const Seed& seed,
               ServerSecrets secrets)
    : state_(std::make_unique<State>(std::move(options), storage, codecs, log, seed,
                                     std::move(secrets))) {}
Server::~Server() = default;

std::optional<std::string> Server::check_mapping(const MappingOptions& mapping) {
  Mappings scratch;
  const Status added = add_mapping(mapping, scratch);
  if (added.ok()) return std::nullopt;
  return added.error().context;
}

std::optional<std::string> Server::check_accounts(const Options& options) {
  std::vector<std::string> faults = check_exchange(options);
  if (faults.empty()) return std::nullopt;
  return std::move(faults.front());
}

Result<RecoverProgress> Server::recover(Now now) { return state_->recover(now); }

ClientId Server::open(Now now, Peer peer) { return state_->open(now, std::move(peer)); }
void Server::introduce(Now now, ClientId client, std::string address, uint16_t port) {
  state_->introduce(now, client, std::move(address), port);
}
bool Server::begin_tls(Now now, ClientId client) { return state_->begin_tls(now, client); }
void Server::secured(Now now, ClientId client, TlsFacts facts) {
  state_->secured(now, client, std::move(facts));
}
void Server::receive(Now now, ClientId client, Bytes bytes) { state_->receive(now, client, bytes); }
void Server::written(Now now, ClientId client, uint64_t size) {
  state_->written(now, client, size);
}
void Server::close(Now now, ClientId client, LinkEnd reason, std::string_view why) {
  state_->close(now, client, reason, why);
}
void Server::synced(Now now, SyncTicket ticket, const FileErrors& failed) {
  state_->synced(now, ticket, failed);
}
void Server::done(Now now, TaskId task, TaskAnswer answer) { state_->done(now, task, answer); }
QueryId Server::query(Now now, std::string_view path, std::string_view parameters,
                      const HostFacts& host) {
  return state_->query(now, path, parameters, host);
}
void Server::cancel_query(QueryId query) { state_->cancel_query(query); }
void Server::pause_query(QueryId query) { state_->pause_query(query); }
void Server::resume_query(QueryId query) { state_->resume_query(query); }
void Server::reload(Now now, Options options) { state_->reload(now, std::move(options)); }
void Server::host_observed(Now now, const HostFacts& facts) { state_->host_observed(now, facts); }
void Server::reload_done(Now now, std::string_view error) { state_->reload_done(now, error); }
void Server::lame_duck(Now now) { state_->lame_duck(now); }
void Server::shut_down(Now now) { state_->shut_down(now); }
bool Server::flush(Now now) { return state_->flush(now); }
void Server::advance(Now now) { state_->advance(now); }
std::optional<Instant> Server::deadline() const { return state_->deadline(); }
std::optional<Output> Server::next_output() { return state_->next_output(); }

const Options& Server::options() const { return state_->context().options; }
const std::string& Server::id() const { return state_->context().server_id; }
const std::string& Server::name() const { return state_->context().server_name; }
uint64_t Server::connections() const { return state_->connections(); }
void Server::set_short_of_memory(bool is_short) { state_->set_short_of_memory(is_short); }

}  // namespace myelin
