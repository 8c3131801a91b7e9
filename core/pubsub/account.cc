#include "core/pubsub/account.h"

#include "core/limits.h"
#include "core/pubsub/client.h"

namespace myelin {

Account::Account(std::string name, bool cache_matches, uint64_t hash_seed)
    : name_(std::move(name)), sublist_(cache_matches ? kMatchCacheMax : 0, hash_seed) {}

std::string_view Account::map(std::string_view subject, Random& random) {
  Mapped result = mappings_.choose(subject, random);
  switch (result.outcome) {
    case Mapped::Outcome::kUnchanged:
      return subject;
    case Mapped::Outcome::kChanged:
      mapped_ = std::move(result.subject);
      return mapped_;
    case Mapped::Outcome::kLost:
      break;
  }
  return {};
}

uint32_t Account::publish(Context& context, const Message& message) {
  const Match<Subscription>& match = sublist_.match(message.subject);
  if (match.empty()) return 0;
  Message shared = message;
  Buffer copy;
  if (message.content.size() >= kShareMin && message.held == nullptr) {
    // With the CR LF behind it; all takers hold this one copy.
    copy = Buffer::copy_of({message.content.data(), message.content.size() + 2});
    shared.content = {copy.data(), message.content.size()};
    shared.held = &copy;
  }

  uint32_t taken = 0;
  const auto deliver = [this, &shared, &taken](Subscription& subscription) {
    bool ended = false;
    const bool took = subscription.client().deliver(subscription, shared, ended);
    if (ended) ended_.push_back(&subscription);
    taken += took ? 1 : 0;
    return took;
  };
  const size_t size = match.plain.size();
  for (size_t index = 0; index < size; ++index) {
    // A wide fan-out is bound by memory: what comes soon is fetched meanwhile.
    if (index + 4 < size) __builtin_prefetch(match.plain[index + 4]);
    if (index + 2 < size) match.plain[index + 2]->client().prepare();
    deliver(*match.plain[index]);
  }
  for (const auto& group : match.groups) {
    // A uniform start, then the next in line until one takes it.
    const size_t members = group.members.size();
    size_t index = group.choose_start(context.random);
    for (size_t tried = 0; tried < members; ++tried) {
      if (deliver(*group.members[index])) break;
      if (++index == members) index = 0;
    }
  }
  // The match is not looked at again: removing changes what it points to.
  for (Subscription* subscription : ended_) subscription->client().end(*subscription);
  ended_.clear();
  return taken;
}

Subscription* Account::find_plain(const Client& client, std::string_view subject) {
  for (Subscription* subscription : sublist_.match(subject).plain) {
    if (&subscription->client() == &client) return subscription;
  }
  return nullptr;
}

}  // namespace myelin
