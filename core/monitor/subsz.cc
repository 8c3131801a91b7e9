#include "core/monitor/subsz.h"

#include <algorithm>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/limits.h"
#include "core/monitor/account_statistics.h"
#include "core/monitor/report_text.h"
#include "core/monitor/subscription_facts.h"
#include "core/pubsub/client.h"
#include "core/subject/subject.h"

namespace myelin {
SubszOptions SubszOptions::read(Parameters& parameters) {
  SubszOptions options;
  options.subscriptions = parameters.boolean("subs");
  options.offset = static_cast<uint64_t>(std::max<int64_t>(parameters.integer("offset"), 0));
  const int64_t limit = parameters.integer("limit");
  options.limit = limit > 0 ? static_cast<uint64_t>(limit) : kLimitDefault;
  options.account = parameters.text("acc");
  options.test = parameters.text("test");
  if (!options.test.empty() && !is_valid_literal(options.test)) {
    parameters.refuse("invalid test subject, must be valid publish subject: " + options.test);
  }
  return options;
}

SubszReport::SubszReport(const Observed& server, SubszOptions options)
    : options_(std::move(options)), json_(text_, server.indentation) {
  if (!options_.subscriptions) return;
  for (const auto& [name, account] : server.context.accounts->all()) {
    if (!shows(name)) continue;
    if (options_.test.empty()) {
      total_ += account->subscription_count();
    } else {
      collect_takers(*account);
      total_ = takers_.size();
    }
  }
  skip_ = std::min(options_.offset, total_);
  left_ = std::min(options_.limit, total_ - skip_);
}

// A match is bounded by how many a publish would visit.
void SubszReport::collect_takers(Account& account) {
  if (!account.has_sublist()) return;
  const auto add = [this, &account](Subscription& taker) {
    const Client* client = taker.client();
    takers_.push_back({account.name(), client == nullptr ? 0 : client->id(),
                       client == nullptr ? decimal(static_cast<int64_t>(taker.number()))
                                         : std::string(taker.sid())});
  };
  const Match<Subscription>& match = account.sublist().match(options_.test);
  for (Subscription* taker : match.plain) add(*taker);
  for (const auto& group : match.groups) {
    for (Subscription* taker : group.members) add(*taker);
  }
}

bool SubszReport::next(const Observed& server, std::string& to) {
  bool is_done = false;
  if (!std::exchange(has_head_, true)) write_head(server);
  if (left_ == 0) {
    is_done = true;
  } else if (!options_.test.empty()) {
    is_done = write_takers(server);
  } else {
    is_done = write_internals(server) && write_clients(server);
  }
  if (is_done) {
    if (options_.offset < total_) json_.end_array();
    json_.end_object();
  }
  to += std::exchange(text_, {});
  return is_done;
}

void SubszReport::write_head(const Observed& server) {
  const Accounts& accounts = *server.context.accounts;
  Account* const one = accounts.find(options_.account);
  json_.begin_object();
  write_origin(json_, server);
  write_sublist(json_, options_.account.empty() ? sublist_facts(accounts)
                       : one == nullptr         ? SublistFacts()
                                                : sublist_facts(*one));
  json_.field("total", total_);
  json_.field("offset", options_.offset);
  json_.field("limit", options_.limit);
  if (left_ > 0) json_.name("subscriptions_list").begin_array();
}

void SubszReport::write_one(const Subscription& subscription, uint64_t client,
                            const Account& account) {
  SubscriptionFacts facts = subscription_facts(subscription, client, account.name());
  facts.account_tag = name_tag(account);
  std::string number;
  if (client == 0) {
    number = decimal(static_cast<int64_t>(subscription.number()));
    facts.sid = number;
  }
  --left_;
  write_subscription(json_, facts);
}

bool SubszReport::write_takers(const Observed& server) {
  for (; left_ > 0 && next_taker_ < takers_.size(); ++next_taker_) {
    if (text_.size() >= kReportSliceSize) return false;
    if (next_taker_ < skip_) continue;
    const Taker& taker = takers_[next_taker_];
    const Account* const account = server.context.accounts->find(taker.account);
    if (account == nullptr) continue;
    if (taker.client == 0) {
      const Account::Internals& internals = account->internals();
      const auto found = internals.find(parse_decimal(taker.sid, kDecimalSizeMax).value_or(0));
      if (found != internals.end()) write_one(*found->second, 0, *account);
    } else if (Client* client = server.context.find(taker.client)) {
      const Subscription* subscription = client->subscriptions().find(taker.sid);
      if (subscription != nullptr) write_one(*subscription, taker.client, *account);
    }
  }
  return true;
}

bool SubszReport::write_internals(const Observed& server) {
  if (internals_done_) return true;
  const Accounts::ByName& all = server.context.accounts->all();
  size_t steps = 0;
  for (auto at = all.lower_bound(account_); at != all.end() && left_ > 0; ++at) {
    if (++steps > kReportSliceSteps) return false;
    if (at->first != account_) last_internal_ = 0;
    account_ = at->first;
    if (shows(account_) && !write_internals_of(*at->second, steps)) return false;
  }
  internals_done_ = true;
  return true;
}

bool SubszReport::write_internals_of(const Account& account, size_t& steps) {
  const Account::Internals& internals = account.internals();
  for (auto at = internals.upper_bound(last_internal_); at != internals.end() && left_ > 0; ++at) {
    if (text_.size() >= kReportSliceSize || ++steps > kReportSliceSteps) return false;
    last_internal_ = at->first;
    if (skip_ > 0) {
      --skip_;
    } else {
      write_one(*at->second, 0, account);
    }
  }
  return true;
}

bool SubszReport::write_clients(const Observed& server) {
  size_t steps = 0;
  while (left_ > 0) {
    const uint64_t id = walk_ ? walk_->client() : server.context.roster.next(last_client_);
    if (id == 0) break;
    if (!walk_) {
      if (++steps > kReportSliceSteps) return false;
      if (skip_client(server, id)) {
        last_client_ = id;
        continue;
      }
      walk_.emplace(id);
    }
    walk_->resume(server.context);
    while (left_ > 0) {
      if (text_.size() >= kReportSliceSize || ++steps > kReportSliceSteps) {
        walk_->suspend();
        return false;
      }
      const Subscription* subscription = walk_->next();
      if (subscription == nullptr) break;
      if (skip_ > 0) {
        --skip_;
      } else {
        write_one(*subscription, id, server.context.find(id)->account());
      }
    }
    walk_.reset();
    last_client_ = id;
  }
  return true;
}

// Whether it is of another account, or all that the client has lies before the offset.
bool SubszReport::skip_client(const Observed& server, uint64_t id) {
  Client& client = *server.context.find(id);
  if (!shows(client.account().name())) return true;
  const uint64_t count = client.subscriptions().size();
  if (count > skip_) return false;
  skip_ -= count;
  return true;
}

}  // namespace myelin
