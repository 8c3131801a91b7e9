#include "core/pubsub/context.h"

#include "core/pubsub/client.h"

namespace myelin {

Context::Context(Options with, Log& to, const Seed& seed)
    : options(std::move(with)),
      log(to),
      random(seed),
      sid_hash(random.next()),
      timers(Instant{}),
      authenticator(std::make_unique<Authenticator>(options.authorization)) {}

Context::~Context() = default;

Client* Context::find(uint64_t id) const {
  const auto found = clients.find(id);
  return found == clients.end() ? nullptr : found->second.get();
}

}  // namespace myelin
