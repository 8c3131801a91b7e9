#include "core/pubsub/context.h"

#include "core/pubsub/accounts.h"
#include "core/pubsub/callouts.h"
#include "core/pubsub/client.h"
#include "core/pubsub/message_trace.h"

namespace myelin {

// As nats-server: what the block says replaces what the server says of one user, token and
// no_auth_user; the list of users is the server's.
Authenticators make_authenticators(const Options& options) {
  const AuthorizationOptions& common = options.authorization;
  Authenticators made{.common = std::make_unique<Authenticator>(common, common.users)};
  if (!options.websocket) return made;
  auto own = std::make_unique<AuthorizationOptions>(options.websocket->authorization);
  if (own->user.empty() && own->token.empty() && own->no_auth_user.empty()) return made;
  own->default_permissions = common.default_permissions;
  own->mapped_connections = common.mapped_connections;
  own->needs_jwt = common.needs_jwt;
  made.websocket = std::make_unique<Authenticator>(*own, common.users);
  made.websocket_options = std::move(own);
  return made;
}

Context::Context(Options with, Log& to, const Seed& seed)
    : options(std::move(with)),
      log(to),
      random(seed),
      sid_hash(random.next()),
      timers(Instant{}),
      authenticators(make_authenticators(options)) {
  accounts = std::make_unique<Accounts>(*this);
  callouts = std::make_unique<Callouts>(*this);
}

Context::~Context() = default;

bool Context::gives_nonces() const {
  return authenticators.common->has_nkeys() || options.operators ||
         !options.trusted_proxies.empty();
}

Client* Context::find(uint64_t id) const {
  const auto found = clients.find(id);
  return found == clients.end() ? nullptr : found->second.get();
}

}  // namespace myelin
