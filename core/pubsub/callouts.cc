#include "core/pubsub/callouts.h"

#include <iterator>
#include <utility>

#include "core/auth/authenticator.h"
#include "core/pubsub/account.h"
#include "core/pubsub/context.h"
#include "core/pubsub/owner_kind.h"
#include "core/pubsub/subscription.h"

namespace myelin {
namespace {

constexpr size_t kInboxSize = 8;

}  // namespace

// An account in which a service is asked, and the inbox of its answers.
struct Callouts::Service {
  Service(Context& of, Account& in)
      : context(of),
        account(in),
        taker{.kind = kIdentityKinds, .owner = this},
        inbox("$SYS._INBOX." + of.random.base62(kInboxSize) + '.'),
        subscription(Subscription::create(taker, inbox + '*')) {
    account.subscribe(*subscription);
  }
  ~Service() {
    context.mailbox.forget(taker);
    account.unsubscribe(*subscription);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  Context& context;
  Account& account;
  InternalTaker taker;
  const std::string inbox;  // with a dot behind it
  Subscription::Owner subscription;
};

Callouts::Callouts(Context& context) : context_(context) {}
Callouts::~Callouts() = default;

Callouts::Service& Callouts::service_in(Account& account) {
  std::unique_ptr<Service>& service = services_[&account];
  if (!service) service = std::make_unique<Service>(context_, account);
  return *service;
}

void Callouts::leave_retired() {
  for (auto asked = asked_.begin(); asked != asked_.end();) {
    const bool is_lost = asked->second.service->account.is_retired();
    if (is_lost) tokens_.erase(asked->second.number);
    asked = is_lost ? asked_.erase(asked) : std::next(asked);
  }
  std::erase_if(services_, [](const auto& service) { return service.first->is_retired(); });
}

uint64_t Callouts::ask(Account& account, uint64_t client, std::string_view content,
                       size_t header_size) {
  const Service& service = service_in(account);
  const uint64_t number = ++last_number_;
  std::string token = context_.random.nuid();
  const std::string reply = service.inbox + token;
  asked_[token] = {.service = &service, .client = client, .number = number};
  tokens_[number] = std::move(token);
  account.send(
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
  const auto* const service = static_cast<const Service*>(mail.taker->owner);
  const auto found = asked_.find(mail.subject.substr(service->inbox.size()));
  if (found == asked_.end() || found->second.service != service) return {};
  const Asked asked = found->second;
  give_up(asked.number);
  return {.client = asked.client, .number = asked.number, .payload = mail.payload()};
}

}  // namespace myelin
