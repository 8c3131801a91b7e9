#include "core/pubsub/account.h"

#include <utility>

#include "core/base/text.h"
#include "core/limits.h"
#include "core/pubsub/client.h"
#include "core/pubsub/context.h"
#include "core/pubsub/message_trace.h"
#include "core/pubsub/sharing.h"

namespace myelin {

Account::Account(Context& context, std::string name) : context_(context), name_(std::move(name)) {}

Account::~Account() = default;

void Account::share(std::unique_ptr<Sharing> sharing) { sharing_ = std::move(sharing); }

void Account::apply(const AccountOptions& options) {
  replaced_ = std::move(own_);
  options_ = &options;
  is_retired_ = false;
  apply_mappings();
}

void Account::apply(std::unique_ptr<const AccountOptions> options) {
  apply(*options);
  own_ = std::move(options);
}

void Account::retire() {
  is_retired_ = true;
  if (!own_) own_ = std::make_unique<const AccountOptions>(*options_);
  options_ = own_.get();
}

void Account::awaken() {
  if (std::exchange(is_awake_, true)) return;
  for (const AccountWaker& waker : context_.account_wakers) waker.wake(waker.owner, *this);
}

void Account::apply_mappings() {
  mapping_.reset();
  if (options_->mappings.empty()) return;
  Mappings rules;
  for (const MappingOptions& mapping : options_->mappings) {
    // Whoever made the options has checked them; one that is wrong all the same maps nothing.
    const Status added = add_mapping(mapping, rules);
    if (!added.ok()) context_.log.write(LogLevel::kError, added.error().context);
  }
  if (rules.empty()) return;
  mapping_ = std::make_unique<Mapping>();
  mapping_->rules = std::move(rules);
}

Status add_mapping(const MappingOptions& mapping, Mappings& to) {
  std::vector<MappingTarget> targets;
  for (const MappingDestination& destination : mapping.destinations) {
    targets.push_back({.subject = destination.subject, .weight = destination.weight});
  }
  return to.add(mapping.source, targets);
}

// Clients -------------------------------------------------------------------------------------

void Account::add(Client& client) {
  AccountMember& member = client.membership();
  member = {.previous = last_client_};
  (last_client_ == nullptr ? first_client_ : last_client_->membership().next) = &client;
  last_client_ = &client;
  ++connections_;
  left_ -= client.traffic();
  awaken();
}

void Account::remove(Client& client) {
  AccountMember& member = client.membership();
  (member.previous == nullptr ? first_client_ : member.previous->membership().next) = member.next;
  (member.next == nullptr ? last_client_ : member.next->membership().previous) = member.previous;
  member = {};
  --connections_;
  left_ += client.traffic();
}

void Account::close_surplus() {
  const int64_t max = options_->limits.max_connections;
  while (max >= 0 && connections_ > static_cast<uint64_t>(max)) {
    last_client_->exceed(Fault::kMaxAccountConnections);
  }
}

Traffic Account::traffic() const {
  Traffic all = left_;
  for (Client* client = first_client_; client != nullptr; client = client->membership().next) {
    all += client->traffic();
  }
  return all;
}

// Interest ------------------------------------------------------------------------------------

Account::Interest& Account::begin_interest() {
  const size_t cache_max = context_.options.disable_sublist_cache ? 0 : kMatchCacheMax;
  interest_ = std::make_unique<Interest>(cache_max, context_.random.next(), context_.noted_watches);
  return *interest_;
}

std::string_view Account::map(std::string_view subject, Random& random) {
  if (!mapping_) return subject;
  Mapped result = mapping_->rules.choose(subject, random);
  switch (result.outcome) {
    case Mapped::Outcome::kUnchanged:
      return subject;
    case Mapped::Outcome::kChanged:
      mapping_->last = std::move(result.subject);
      return mapping_->last;
    case Mapped::Outcome::kLost:
      break;
  }
  return {};
}

bool Account::subscribe(Subscription& subscription) {
  if (!sublist().insert(subscription)) return false;
  if (subscription.client() == nullptr) {
    subscription.set_number(++last_internal_);
    internals_[last_internal_] = &subscription;
  }
  watches().note(subscription.subject());
  if (sharing_) sharing_->subscribed(subscription);
  return true;
}

void Account::unsubscribe(Subscription& subscription) {
  sublist().remove(subscription);
  if (subscription.client() == nullptr) internals_.erase(subscription.number());
  watches().note(subscription.subject());
  if (sharing_) sharing_->unsubscribed(subscription);
}

bool Account::shadow(Subscription& subscription) {
  if (!sublist().insert(subscription)) return false;
  watches().note(subscription.subject());
  return true;
}

void Account::unshadow(Subscription& subscription) {
  sublist().remove(subscription);
  watches().note(subscription.subject());
}

namespace {

// With CR LF behind it, as deliveries write it.
Buffer copy_with_end(std::string_view content) {
  Buffer copy = Buffer::allocate(static_cast<uint32_t>(content.size() + 2));
  content.copy(copy.data(), content.size());
  std::string_view("\r\n").copy(copy.data() + content.size(), 2);
  return copy;
}

bool put_in_mailbox(Context& context, InternalTaker& taker, const Message& message,
                    std::string_view to) {
  if (taker.takes != nullptr && !taker.takes(taker, to)) return false;
  context.mailbox.put(taker, message, to);
  return !taker.decides_later;
}

// For a part of the server in another account, which imports it.
bool put_in_mailbox(Context& context, InternalTaker& taker, const Shadow& shadow,
                    const Message& message, bool keeps_subject) {
  if (message.passage != nullptr) return false;  // what was asked of a service is no stream
  Message seen = message;
  const std::string ours = shadow.import->ours(message.subject);
  if (!keeps_subject) seen.subject = ours;
  seen.publisher = nullptr;  // its name does not outlive this: the mail is a copy
  return put_in_mailbox(context, taker, seen, ours);
}

// A message on its way to those who take it, where that is not what happens all the time: to the
// server's own, or with a trace. Out of line, so that the everyday's code stays short.
struct Passing {
  Context& context;
  std::string_view to;
  const Message& message;  // as it was published
  const Message& shared;   // as clients are given it

  [[gnu::noinline]] bool deliver(Subscription& subscription, bool& ended) const {
    if (Client* const client = subscription.client()) {
      return client->deliver_traced(subscription, shared, ended);
    }
    InternalTaker& taker = *subscription.taker();
    const Shadow* const shadow = subscription.shadow();
    if (shadow == nullptr) return put_in_mailbox(context, taker, message, to);
    if (message.trace != nullptr) return put_traced(taker, *shadow);
    return put_in_mailbox(context, taker, *shadow, message, shared.keeps_subject);
  }

  bool put_traced(InternalTaker& taker, const Shadow& shadow) const {
    if (message.passage != nullptr) return false;
    MessageTrace& trace = *message.trace;
    trace.exported(shadow.import->importer->name(), shadow.import->ours(message.subject),
                   context.now.wall);
    Message seen = message;
    if (!shadow.import->plan->options->allow_trace) {
      if (trace.is_only()) return true;
      seen.trace = nullptr;
    }
    return put_in_mailbox(context, taker, shadow, seen, shared.keeps_subject);
  }
};

bool would_take(const Subscription& subscription, std::string_view subject) {
  if (const Client* client = subscription.client()) return !client->is_closing();
  const InternalTaker& taker = *subscription.taker();
  return taker.takes == nullptr || taker.takes(taker, subject);
}

template <class Takes>
bool is_any_taker(const Match<Subscription>& match, std::string_view queue, Takes takes) {
  const auto any_of = [&takes](std::span<Subscription* const> takers) {
    for (const Subscription* taker : takers) {
      if (takes(*taker)) return true;
    }
    return false;
  };
  if (queue.empty() && any_of(match.plain)) return true;
  for (const auto& group : match.groups) {
    if ((queue.empty() || group.name() == queue) && any_of(group.members)) return true;
  }
  return false;
}

}  // namespace

uint32_t Account::publish_to(Context& context, std::string_view to, const Message& message) {
  Interest& interest = this->interest();
  const Match<Subscription>& match = interest.sublist.match(to);
  if (match.empty()) return 0;
  Message shared = message;
  shared.keeps_subject = to.data() != message.subject.data();
  Buffer copy;
  if (message.content.size() >= kShareMin && message.held == nullptr) {
    copy = copy_with_end(message.content);  // all takers hold this one copy
    shared.content = {copy.data(), message.content.size()};
    shared.held = &copy;
  }

  uint32_t taken = 0;
  const auto deliver = [&interest, &context, to, &message, &shared,
                        &taken](Subscription& subscription) {
    Client* const client = subscription.client();
    bool ended = false;
    const bool took = client != nullptr && shared.trace == nullptr
                          ? client->deliver(subscription, shared, ended)
                          : Passing{context, to, message, shared}.deliver(subscription, ended);
    if (ended) interest.ended.push_back(&subscription);
    // Differs: a look at the traffic does not change it.
    const bool only_looks_on = client != nullptr && client->is_observer();
    taken += took && !only_looks_on ? 1 : 0;
    return took;
  };
  const size_t size = match.plain.size();
  for (size_t index = 0; index < size; ++index) {
    // A wide fan-out is bound by memory: what comes soon is fetched meanwhile.
    if (index + 4 < size) __builtin_prefetch(match.plain[index + 4]);
    if (index + 2 < size) Client::prepare(match.plain[index + 2]->client());
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
  for (Subscription* subscription : interest.ended) subscription->client()->end(*subscription);
  interest.ended.clear();
  return taken;
}

uint32_t Account::send(Context& context, const Sent& sent) {
  char size_digits[kDecimalSizeMax];
  char header_digits[kDecimalSizeMax];
  Message message{.subject = sent.subject.empty() ? sent.to : sent.subject,
                  .reply = sent.reply,
                  .content = sent.content,
                  .header_size = static_cast<uint32_t>(sent.header_size)};
  const auto text_of = [](char* digits, size_t number) {
    return std::string_view(digits, static_cast<size_t>(write_decimal(digits, number) - digits));
  };
  message.size_text = text_of(size_digits, sent.content.size());
  if (sent.header_size > 0) message.header_size_text = text_of(header_digits, sent.header_size);
  return publish_to(context, sent.to, message);
}

bool Account::has_interest(std::string_view subject, std::string_view queue) {
  if (!has_sublist()) return false;
  return is_any_taker(sublist().match(subject), queue,
                      [subject](const Subscription& taker) { return would_take(taker, subject); });
}

bool Account::has_literal_interest(std::string_view subject, std::string_view queue) {
  if (!has_sublist()) return false;
  return is_any_taker(sublist().match(subject), queue, [subject](const Subscription& taker) {
    return taker.subject() == subject && would_take(taker, subject);
  });
}

Subscription* Account::find_plain(const Client& client, std::string_view subject) {
  if (!has_sublist()) return nullptr;
  for (Subscription* subscription : sublist().match(subject).plain) {
    if (subscription->client() == &client) return subscription;
  }
  return nullptr;
}

}  // namespace myelin
