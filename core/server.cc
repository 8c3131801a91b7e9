#include "core/server.h"

#include <utility>

#include "core/identity/nkey.h"
#include "core/server_state.h"

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

}  // namespace

Server::State::State(Options options, Storage& storage, Codecs codecs, Log& log, const Seed& seed,
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
