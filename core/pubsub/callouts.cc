#include "core/pubsub/callouts.h"

#include <utility>

#include "core/auth/authenticator.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/context.h"
#include "core/pubsub/owner_kind.h"

namespace myelin {
namespace {

constexpr size_t kInboxSize = 8;
constexpr size_t kTokenSize = 22;

}  // namespace

Callouts::Callouts(Context& context)
    : context_(context),
      taker_{.kind = kIdentityKinds, .owner = this},
      inbox_("$SYS._INBOX." + context.random.base62(kInboxSize) + '.') {}

Callouts::~Callouts() { leave(); }

void Callouts::leave() {
  if (account_ == nullptr) return;
  context_.mailbox.forget(taker_);
  account_->unsubscribe(*subscription_);
  subscription_.reset();
  account_ = nullptr;
}

void Callouts::enter(Account& account) {
  if (account_ == &account) return;
  leave();
  account_ = &account;
  subscription_ = Subscription::create(taker_, inbox_ + '*');
  account.subscribe(*subscription_);
}

Account* Callouts::account() const {
  const auto& callout = context_.options.authorization.callout;
  if (!callout) return nullptr;
  const Accounts& accounts = *context_.accounts;
  return callout->account.empty() ? &accounts.global() : accounts.find(callout->account);
}

uint64_t Callouts::ask(uint64_t client, std::string_view content, size_t header_size) {
  enter(*account());
  const uint64_t number = ++last_number_;
  std::string token = context_.random.base62(kTokenSize);
  const std::string reply = inbox_ + token;
  asked_[token] = {.client = client, .number = number};
  tokens_[number] = std::move(token);
  account_->send(
      context_,
      {.to = kCalloutSubject, .reply = reply, .content = content, .header_size = header_size});
  return number;
}

void Callouts::give_up(uint64_t number) {
  const auto found = tokens_.find(number);
  if (found == tokens_.end()) return;
  asked_.erase(found->second);
  tokens_.erase(found);
}

Callouts::Answer Callouts::take(const Mail& mail) {
  const auto found = asked_.find(mail.subject.substr(inbox_.size()));
  if (found == asked_.end()) return {};
  const Asked asked = found->second;
  give_up(asked.number);
  return {.client = asked.client, .number = asked.number, .payload = mail.payload()};
}

}  // namespace myelin
