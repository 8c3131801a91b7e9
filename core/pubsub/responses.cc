#include "core/pubsub/responses.h"

#include "core/base/check.h"
#include "core/pubsub/account.h"

namespace myelin {
namespace {

constexpr size_t kResponseTokenSize = 6;

}  // namespace

Responses::Responses(Account& account, uint8_t kind, Random& random)
    : account_(account),
      prefix_("_R_." + random.base62(kResponseTokenSize) + "."),
      taker_{.kind = kind, .owner = this},
      subscription_(Subscription::create(taker_, prefix_ + ">")) {
  account_.subscribe(*subscription_);
}

Responses::~Responses() { account_.unsubscribe(*subscription_); }

Response* Responses::find(std::string_view subject) {
  const auto found = by_subject_.find(subject);
  return found == by_subject_.end() ? nullptr : found->second.get();
}

Response& Responses::add(std::unique_ptr<Response> response, Random& random,
                         std::string_view suffix) {
  Response& added = *response;
  do {
    added.subject = prefix_ + random.base62(kResponseTokenSize);
    added.subject += suffix;
  } while (find(added.subject) != nullptr);
  added.older = youngest_;
  (youngest_ == nullptr ? oldest_ : youngest_->younger) = &added;
  youngest_ = &added;
  by_subject_.emplace(added.subject, std::move(response));
  return added;
}

std::unique_ptr<Response> Responses::remove(Response& response) {
  (response.older == nullptr ? oldest_ : response.older->younger) = response.younger;
  (response.younger == nullptr ? youngest_ : response.younger->older) = response.older;
  response.older = response.younger = nullptr;
  const auto found = by_subject_.find(response.subject);
  INVARIANT(found != by_subject_.end());
  std::unique_ptr<Response> removed = std::move(found->second);
  by_subject_.erase(found);
  return removed;
}

}  // namespace myelin
