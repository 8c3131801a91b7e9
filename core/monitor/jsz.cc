#include "core/monitor/jsz.h"

#include <algorithm>
#include <utility>

#include "core/base/rfc3339.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/jetstreams.h"
#include "core/jetstream/stream.h"
#include "core/jetstream/stream_config_json.h"
#include "core/jetstream/stream_info.h"
#include "core/limits.h"
#include "core/monitor/jetstream_facts.h"
#include "core/monitor/report_text.h"
#include "core/pubsub/accounts.h"

namespace myelin {
namespace {

// What an account without a limit shows is nats-server's.
uint64_t reserved(int64_t limit) { return static_cast<uint64_t>(limit); }

const JetStreamAccountLimits* flat_limits(const Account& account) {
  if (!account.options().jetstream) return nullptr;
  for (const auto& [tier, limits] : account.options().jetstream->tiers) {
    if (tier.empty()) return &limits;
  }
  return nullptr;
}

void write_account(JsonWriter& json, const Account& account, const JetStream* jetstream) {
  const StorageUsage usage = jetstream == nullptr ? StorageUsage() : jetstream->services().usage;
  const JetStreamAccountLimits* limits = flat_limits(account);
  const std::string& tag = account.options().name_tag;
  json.field("name", tag.empty() ? account.name() : tag);
  json.field("id", account.name());
  json.field("memory", usage.memory);
  json.field("storage", usage.file);
  json.field("reserved_memory", limits == nullptr ? 0 : reserved(limits->max_memory));
  json.field("reserved_storage", limits == nullptr ? 0 : reserved(limits->max_store));
  json.field("accounts", 0);
  json.field("ha_assets", 0);
  json.name("api").begin_object();
  json.field("level", 0);
  json.field("total", jetstream == nullptr ? 0 : jetstream->api_calls());
  json.field("errors", jetstream == nullptr ? 0 : jetstream->api_errors());
  json.end_object();
}

}  // namespace

JszOptions JszOptions::read(Parameters& parameters) {
  JszOptions options;
  options.accounts = parameters.boolean("accounts");
  options.streams = parameters.boolean("streams");
  options.consumers = parameters.boolean("consumers");
  options.direct_consumers = parameters.boolean("direct-consumers");
  options.config = parameters.boolean("config");
  options.offset = std::max<int64_t>(parameters.integer("offset"), 0);
  options.limit = parameters.integer("limit");
  if (options.limit == 0) options.limit = kLimitDefault;
  parameters.boolean("leader-only");  // alone, it leads
  options.raft = parameters.boolean("raft");
  parameters.boolean("stream-leader-only");
  options.account = parameters.text("acc");
  options.streams = options.streams || options.consumers;
  options.accounts = options.accounts || (options.streams && options.account.empty());
  return options;
}

JszReport::JszReport(const Observed& server, JszOptions options)
    : options_(std::move(options)), json_(text_, server.indentation) {
  if (server.jetstream == nullptr) phase_ = Phase::kHead;
  if (!options_.account_only) return;
  choose_accounts(server);
  phase_ = Phase::kAccounts;
}

bool JszReport::next(const Observed& server, std::string& to) {
  if (phase_ == Phase::kSum) {
    if (sum_.next(*server.jetstream)) phase_ = Phase::kHead;
    return false;
  }
  for (size_t steps = 0; steps < kReportSliceSteps && !is_done_; ++steps) {
    if (text_.size() >= kReportSliceSize) break;
    step(server);
    if (std::exchange(has_counted_, false)) break;  // enough for a turn
  }
  to += std::exchange(text_, {});
  return is_done_;
}

void JszReport::step(const Observed& server) {
  switch (phase_) {
    case Phase::kSum:
    case Phase::kHead:
      return write_head(server);
    case Phase::kAccounts:
      return write_next_account(server);
    case Phase::kStreams:
      return write_next_stream(server);
    case Phase::kConsumers:
      return write_next_consumer(server);
    case Phase::kEnd:
      return write_end();
  }
}

// One that was asked for by name, or a page of all.
void JszReport::choose_accounts(const Observed& server) {
  accounts_ = server.jetstream->accounts();
  total_ = accounts_.size();
  if (std::find(accounts_.begin(), accounts_.end(), options_.account) != accounts_.end()) {
    accounts_ = {options_.account};
  } else if (!options_.accounts) {
    accounts_.clear();
  } else if (options_.limit > 0) {
    const size_t first = std::min<size_t>(static_cast<size_t>(options_.offset), total_);
    const size_t count = std::min<size_t>(static_cast<size_t>(options_.limit), total_ - first);
    accounts_ = {accounts_.begin() + static_cast<std::ptrdiff_t>(first),
                 accounts_.begin() + static_cast<std::ptrdiff_t>(first + count)};
  }
}

void JszReport::write_head(const Observed& server) {
  const bool is_there = server.jetstream != nullptr;
  json_.begin_object();
  write_jetstream_stats(json_, server);
  write_origin(json_, server);
  if (!is_there) json_.field("disabled", true);
  json_.name("config").begin_object();
  if (is_there) {
    write_jetstream_config(json_, server.context.options);
  } else {
    json_.field("max_memory", 0);
    json_.field("max_storage", 0);
  }
  json_.end_object();
  if (is_there) {
    json_.name("limits");
    write_jetstream_limits(json_, server.context.options);
  }
  json_.field("streams", sum_.streams);
  if (options_.raft && sum_.streams > 0) json_.field("streams_leader", sum_.streams);
  json_.field("consumers", sum_.consumers);
  if (options_.raft && sum_.consumers > 0) json_.field("consumers_leader", sum_.consumers);
  json_.field("messages", sum_.messages);
  json_.field("bytes", sum_.bytes);
  if (is_there) choose_accounts(server);
  if (!accounts_.empty()) json_.name("account_details").begin_array();
  phase_ = accounts_.empty() ? Phase::kEnd : Phase::kAccounts;
}

// One that has gone meanwhile is left out.
void JszReport::write_next_account(const Observed& server) {
  if (next_account_ == accounts_.size()) {
    is_done_ = options_.account_only;
    if (!is_done_) json_.end_array();
    phase_ = Phase::kEnd;
    return;
  }
  account_ = accounts_[next_account_++];
  const Account* account = server.context.accounts->find(account_);
  if (account == nullptr) return;
  json_.begin_object();
  write_account(json_, *account, server.jetstream->find(account_));
  stream_.clear();
  if (options_.streams) {
    phase_ = Phase::kStreams;
  } else {
    end_account();
  }
}

void JszReport::end_account() {
  if (std::exchange(has_list_, false)) json_.end_array();
  json_.end_object();
  phase_ = Phase::kAccounts;
}

void JszReport::write_next_stream(const Observed& server) {
  const JetStream* jetstream = server.jetstream->find(account_);
  if (jetstream == nullptr) return end_account();
  const auto at = jetstream->streams().upper_bound(stream_);
  if (at == jetstream->streams().end()) return end_account();
  stream_ = at->first;
  Stream& stream = *at->second;
  if (!std::exchange(has_list_, true)) json_.name("stream_detail").begin_array();
  json_.begin_object();
  json_.field("name", stream.name());
  json_.field("created", rfc3339(stream.created()));
  json_.name("cluster").begin_object();
  json_.field("leader", server.context.server_name);
  json_.end_object();
  if (options_.config) {
    json_.name("config");
    write(json_, stream.config(), ServerMetadata::kHidden);
  }
  write_stream_state(json_, stream, {});
  consumer_.clear();
  if (options_.consumers) {
    phase_ = Phase::kConsumers;
  } else {
    end_stream();
  }
}

// Those that clients made, then, if asked for, those that other streams use. Of a stream that has
// gone meanwhile, what was written stays.
void JszReport::write_next_consumer(const Observed& server) {
  JetStream* jetstream = server.jetstream->find(account_);
  Stream* stream = jetstream == nullptr ? nullptr : jetstream->find(stream_);
  if (stream == nullptr) return end_stream();
  const Consumers::Map& consumers = stream->consumers().by_name();
  const auto at = consumers.upper_bound(consumer_);
  if (at == consumers.end()) return end_consumers();
  consumer_ = at->first;
  Consumer& consumer = *at->second;
  if (consumer.config().direct != writes_direct_) return;
  if (!std::exchange(has_consumer_list_, true)) {
    json_.name(writes_direct_ ? "direct_consumer_detail" : "consumer_detail").begin_array();
  }
  has_counted_ = !consumer.knows_pending();
  json_.begin_object();
  consumer.write_info(json_, {.metadata = ServerMetadata::kHidden, .config = options_.config});
  json_.end_object();
}

void JszReport::end_consumers() {
  if (!options_.direct_consumers || writes_direct_) return end_stream();
  if (std::exchange(has_consumer_list_, false)) json_.end_array();
  writes_direct_ = true;
  consumer_.clear();
}

void JszReport::end_stream() {
  if (std::exchange(has_consumer_list_, false)) json_.end_array();
  json_.end_object();
  writes_direct_ = false;
  phase_ = Phase::kStreams;
}

void JszReport::write_end() {
  json_.field("total", uint64_t{total_});
  json_.end_object();
  is_done_ = true;
}

}  // namespace myelin
