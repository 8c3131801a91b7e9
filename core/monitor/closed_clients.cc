#include "core/monitor/closed_clients.h"

#include "core/limits.h"
#include "core/pubsub/client.h"

namespace myelin {
namespace {

// Not within a character of UTF-8.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kClosedTextMax) return text;
  size_t size = kClosedTextMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

// What facts borrow is copied behind one another, so that a record is one allocation more. What a
// client said of itself is shortened: it may have said a megabyte, and as many may leave as like.
void own_texts(ClosedClient& closed) {
  ClientFacts& facts = closed.facts;
  std::string_view* const views[] = {&facts.address,   &facts.name,      &facts.lang,
                                     &facts.version,   &facts.user,      &facts.account,
                                     &facts.proxy_key, &facts.user_name, &facts.issuer_key};
  facts.jwt = {};
  facts.tags = nullptr;
  for (std::string_view* view : views) {
    *view = shortened(*view);
    closed.texts.append(*view);
  }
  std::string_view rest = closed.texts;
  for (std::string_view* view : views) {
    *view = rest.substr(0, view->size());
    rest.remove_prefix(view->size());
  }
}

}  // namespace

void ClosedClients::add(Client& client, WallTime now, size_t clients_max) {
  if (clients_max == 0) return;
  while (clients_.size() >= clients_max) {
    subscriptions_size_ -= clients_.front().subscriptions_size;
    places_.erase(clients_.front().facts.id);
    clients_.pop_front();
    ++forgotten_;
  }
  ClosedClient& closed = clients_.emplace_back();
  closed.facts = client.facts();
  own_texts(closed);
  if (closed.facts.tls != nullptr) {
    closed.tls.version = closed.facts.tls->version;
    closed.tls.cipher = closed.facts.tls->cipher;
    closed.facts.tls = &closed.tls;
  }
  closed.stop = now;
  closed.reason = client.close_reason();
  keep_subscriptions(client, closed);
  places_[closed.facts.id] = forgotten_ + clients_.size() - 1;
}

void ClosedClients::keep_subscriptions(Client& client, ClosedClient& to) {
  const Subscription* next = client.subscriptions().first();
  for (size_t left = kClosedSubscriptionsMax; left > 0 && next != nullptr; --left) {
    to.subscriptions.push_back({.subject = std::string(next->subject()),
                                .queue = std::string(next->queue()),
                                .sid = std::string(next->sid()),
                                .delivered = next->delivered,
                                .max = next->max});
    to.subscriptions_size += sizeof(ClosedClient::Subscription) + next->subject().size() +
                             next->queue().size() + next->sid().size();
    next = SubscriptionTable::next(*next);
  }
  subscriptions_size_ += to.subscriptions_size;
  with_subscriptions_from_ = std::max(with_subscriptions_from_, forgotten_);
  while (subscriptions_size_ > kClosedSubscriptionsSizeMax) {
    ClosedClient& oldest = clients_[index_of(with_subscriptions_from_++)];
    subscriptions_size_ -= oldest.subscriptions_size;
    oldest.subscriptions_size = 0;
    oldest.subscriptions = {};
  }
}

const ClosedClient* ClosedClients::find(uint64_t client) const {
  const auto found = places_.find(client);
  return found == places_.end() ? nullptr : &clients_[index_of(found->second)];
}

}  // namespace myelin
