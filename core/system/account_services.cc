#include "core/system/account_services.h"

#include <algorithm>

namespace myelin {
namespace {

using What = AccountServices::What;

struct Row {
  std::string_view subject;
  What what;
};

constexpr std::array<Row, 4> kServiceRows = {{
    {"$SYS.REQ.USER.INFO", What::kUser},
    {"$SYS.REQ.ACCOUNT.PING.CONNZ", What::kConnections},
    {"$SYS.REQ.SERVER.PING.CONNZ", What::kConnections},
    {"$SYS.REQ.ACCOUNT.PING.STATZ", What::kStatistics},
}};

bool imports(const Account& account, std::string_view subject) {
  const auto& all = account.options().imports;
  return std::any_of(all.begin(), all.end(), [subject](const ImportOptions& import) {
    return import.is_service && (import.to.empty() ? import.subject : import.to) == subject;
  });
}

}  // namespace

AccountServices::AccountServices(Account& account, uint8_t kind) : account_(account) {
  for (size_t index = 0; index < kServiceRows.size(); ++index) {
    Service& service = services_[index];
    service.services = this;
    service.what = kServiceRows[index].what;
    service.taker.kind = kind;
    service.taker.owner = &service;
  }
}

void AccountServices::apply(const Account& system) {
  for (size_t index = 0; index < kServiceRows.size(); ++index) {
    const Row& row = kServiceRows[index];
    // The system account itself has the requests.
    const bool is_wanted =
        (&account_ != &system || row.what == What::kUser) && !imports(account_, row.subject);
    Service& service = services_[index];
    if (is_wanted && !service.subscription) {
      service.subscription = Subscription::create(service.taker, row.subject);
      account_.subscribe(*service.subscription);
    } else if (!is_wanted && service.subscription) {
      account_.unsubscribe(*service.subscription);
      service.subscription.reset();
    }
  }
}

void AccountServices::close(Mailbox& mailbox) {
  for (Service& service : services_) {
    if (!service.subscription) continue;
    account_.unsubscribe(*service.subscription);
    mailbox.forget(service.taker);
    service.subscription.reset();
  }
}

}  // namespace myelin
