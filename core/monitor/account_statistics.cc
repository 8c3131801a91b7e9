#include "core/monitor/account_statistics.h"

#include <utility>

#include "core/limits.h"
#include "core/monitor/report_text.h"
#include "core/pubsub/accounts.h"

namespace myelin {
namespace {

void write_traffic(JsonWriter& json, std::string_view name, uint64_t msgs, uint64_t bytes) {
  json.name(name).begin_object();
  json.field("msgs", msgs);
  json.field("bytes", bytes);
  for (const char* none : {"gateways", "routes", "leafs"}) {
    json.name(none).begin_object();
    json.field("msgs", 0);
    json.field("bytes", 0);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string_view name_tag(const Account& account) {
  const std::string& tag = account.options().name_tag;
  return tag.empty() ? account.name() : tag;
}

void write_account_statistics(JsonWriter& json, const Account& account) {
  const Traffic traffic = account.traffic();
  json.field("acc", account.name());
  json.field("name", name_tag(account));
  json.field("conns", account.connections());
  json.field("leafnodes", 0);
  json.field("total_conns", account.connections());
  json.field("num_subscriptions", account.subscription_count());
  write_traffic(json, "sent", traffic.out_msgs, traffic.out_bytes);
  write_traffic(json, "received", traffic.in_msgs, traffic.in_bytes);
  json.field("slow_consumers", account.slow_consumers());
}

AccstatzReport::AccstatzReport(Parameters& parameters)
    : shows_unused_(parameters.boolean("unused")), names_(parameters.texts("acc")) {
  has_names_ = !names_.empty();
}

const Account* AccstatzReport::next_account(const Observed& server) {
  const Accounts& accounts = *server.context.accounts;
  if (has_names_) {
    if (next_name_ == names_.size()) {
      is_at_end_ = true;
      return nullptr;
    }
    return accounts.find(names_[next_name_++]);
  }
  const Accounts::ByName& all = accounts.all();
  const auto at = std::exchange(has_last_, true) ? all.upper_bound(last_) : all.begin();
  is_at_end_ = at == all.end();
  if (is_at_end_) return nullptr;
  last_ = at->first;
  return at->second.get();
}

bool AccstatzReport::next(const Observed& server, std::string& to) {
  if (!std::exchange(has_head_, true)) {
    json_.emplace(text_, server.indentation);
    json_->begin_object();
    write_origin(*json_, server);
    json_->name("account_statz").begin_array();
  }
  for (size_t step = 0; step < kReportSliceSteps && text_.size() < kReportSliceSize; ++step) {
    const Account* const account = next_account(server);
    if (is_at_end_) break;
    if (account == nullptr || (!shows_unused_ && account->connections() == 0)) continue;
    json_->begin_object();
    write_account_statistics(*json_, *account);
    json_->end_object();
  }
  if (is_at_end_) {
    json_->end_array();
    json_->end_object();
  }
  to += std::exchange(text_, {});
  return is_at_end_;
}

}  // namespace myelin
