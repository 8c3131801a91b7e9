#include "core/monitor/subscriber_count.h"

#include "core/base/text.h"
#include "core/limits.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/subject/subject.h"

namespace myelin {

SubscriberCount::SubscriberCount(const Parameters& parameters)
    : account_(parameters.text("acc")),
      subject_(parameters.text("subject")),
      queue_(parameters.text("queue")) {}

bool SubscriberCount::next(const Observed& server, std::string& to) {
  if (is_valid_literal(subject_)) {
    count_takers(server);
  } else if (is_valid_subject(subject_) && !count_within(server)) {
    return false;
  }
  append_decimal(to, count_);
  return true;
}

// A match is bounded by how many a publish would visit.
void SubscriberCount::count_takers(const Observed& server) {
  Account* const account = server.context.accounts->find(account_);
  if (account == nullptr || !account->has_sublist()) return;
  const Match<Subscription>& match = account->sublist().match(subject_);
  const auto is_clients = [](const Subscription* taker) { return taker->client() != nullptr; };
  if (queue_.empty()) {
    for (const Subscription* taker : match.plain) count_ += is_clients(taker) ? 1 : 0;
  }
  for (const auto& group : match.groups) {
    if (!queue_.empty() && group.name() != queue_) continue;
    for (const Subscription* taker : group.members) count_ += is_clients(taker) ? 1 : 0;
  }
}

bool SubscriberCount::count_within(const Observed& server) {
  for (size_t steps = 0; steps < kReportSliceSteps;) {
    if (!walk_) {
      const uint64_t id = server.context.roster.next(last_client_);
      if (id == 0) return true;
      last_client_ = id;
      ++steps;
      if (server.context.find(id)->account().name() != account_) continue;
      walk_.emplace(id);
    }
    walk_->resume(server.context);
    const Subscription* each = walk_->next();
    for (; each != nullptr; each = walk_->next()) {
      const bool is_wanted = queue_.empty() || each->queue() == queue_;
      if (is_wanted && is_subset(each->subject(), subject_)) ++count_;
      if (++steps >= kReportSliceSteps) break;
    }
    if (each != nullptr) {
      walk_->suspend();
    } else {
      walk_.reset();
    }
  }
  return false;
}

}  // namespace myelin
