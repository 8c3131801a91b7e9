#include "core/monitor/connz.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/limits.h"
#include "core/monitor/account_statistics.h"
#include "core/monitor/report_text.h"
#include "core/monitor/subscription_facts.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

using Sort = ConnzOptions::Sort;
using State = ConnzOptions::State;
using Subscriptions = ConnzOptions::Subscriptions;

constexpr std::array<std::string_view, 14> kSortNames = {
    "cid",        "start", "subs", "pending", "msgs_to", "msgs_from", "bytes_to",
    "bytes_from", "last",  "idle", "uptime",  "stop",    "reason",    "rtt"};

// The only ones that begin with the least.
bool is_ascending(Sort sort) {
  return sort == Sort::kCid || sort == Sort::kStart || sort == Sort::kUptime ||
         sort == Sort::kReason;
}

Sort read_sort(Parameters& parameters) {
  const std::string name = parameters.text("sort");
  if (name.empty()) return Sort::kCid;
  const auto found = std::find(kSortNames.begin(), kSortNames.end(), name);
  if (found != kSortNames.end()) return static_cast<Sort>(found - kSortNames.begin());
  parameters.refuse("invalid sorting option: " + name);
  return Sort::kCid;
}

State read_state(Parameters& parameters) {
  const std::string name = parameters.text("state");
  if (name.empty() || equals_ignoring_case(name, "open")) return State::kOpen;
  if (equals_ignoring_case(name, "closed")) return State::kClosed;
  if (equals_ignoring_case(name, "any") || equals_ignoring_case(name, "all")) return State::kAll;
  parameters.refuse("Error decoding state for " + name);
  return State::kOpen;
}

// A key by which reasons sort as their texts do.
uint64_t rank_of(CloseReason reason) {
  const std::string_view text = text_of(reason);
  uint64_t rank = 0;
  for (size_t index = 0; index < sizeof rank; ++index) {
    rank = rank << 8 | (index < text.size() ? static_cast<unsigned char>(text[index]) : 0);
  }
  return rank;
}

uint64_t as_key(int64_t number) { return static_cast<uint64_t>(number) ^ (uint64_t{1} << 63); }

void write_list_name(JsonWriter& json, Subscriptions which) {
  json.name(which == Subscriptions::kDetails ? "subscriptions_list_detail" : "subscriptions_list");
  json.begin_array();
}

}  // namespace

ConnzOptions ConnzOptions::read(Parameters& parameters) {
  ConnzOptions options;
  options.auth = parameters.boolean("auth");
  if (equals_ignoring_case(parameters.text("subs"), "detail")) {
    options.subscriptions = Subscriptions::kDetails;
  } else if (parameters.boolean("subs")) {
    options.subscriptions = Subscriptions::kSubjects;
  }
  options.offset = static_cast<uint64_t>(std::max<int64_t>(parameters.integer("offset"), 0));
  const int64_t limit = parameters.integer("limit");
  options.limit = limit > 0 ? static_cast<uint64_t>(limit) : kLimitDefault;
  options.cid = parameters.number("cid");
  if (options.cid > 0) options.limit = 1;
  options.state = read_state(parameters);
  options.user = parameters.text("user");
  options.account = parameters.text("acc");
  options.mqtt_client = parameters.text("mqtt_client");
  options.filter_subject = parameters.text("filter_subject");
  if (options.filter_subject == ">") options.filter_subject.clear();
  if (!options.filter_subject.empty() && options.account.empty()) {
    parameters.refuse("filter by subject only valid with account filtering");
  }
  options.sort = read_sort(parameters);
  if (options.state == State::kClosed) return options;
  if (options.sort == Sort::kStop) {
    parameters.refuse("sort by stop only valid on closed connections");
  }
  if (options.sort == Sort::kReason) {
    parameters.refuse("sort by reason only valid on closed connections");
  }
  return options;
}

ConnzReport::ConnzReport(const Observed& server, ConnzOptions options)
    : options_(std::move(options)), json_(text_, server.indentation) {
  const std::string& account = options_.account;
  is_of_nobody_ = !account.empty() && server.context.accounts->find(account) == nullptr;
  if (is_of_nobody_) return;
  // Those of one account are counted when they are looked at.
  if (options_.state != State::kClosed) {
    if (account.empty()) total_ += server.connections;
    newest_open_ = server.connections_ever;
  }
  // nats-server keeps no account with those of the global one.
  if (options_.state != State::kOpen && account != kGlobalAccount) {
    next_closed_ = server.closed.oldest();
    end_closed_ = server.closed.end();
    if (account.empty()) total_ += end_closed_ - next_closed_;
  }
}

// Gathering -----------------------------------------------------------------------------------

// True once all were looked at.
bool ConnzReport::gather(const Observed& server) {
  if (options_.cid > 0) {
    if (!std::exchange(is_looked_up_, true)) gather_one(server);
    size_t steps = 0;
    if (sifting_ && !sift(server, steps)) return false;
  } else if (!gather_open(server) || !gather_closed(server)) {
    return false;
  }
  std::make_heap(entries_.begin(), entries_.end(), is_after);
  return true;
}

void ConnzReport::gather_one(const Observed& server) {
  const WallTime now = server.context.now.wall;
  const Client* client = server.context.find(options_.cid);
  if (newest_open_ > 0 && client != nullptr && !client->is_closing()) {
    consider(client->facts(), nullptr, now);
  } else if (const ClosedClient* closed = server.closed.find(options_.cid)) {
    if (end_closed_ > 0) consider(closed->facts, closed, now);
  }
}

bool ConnzReport::gather_open(const Observed& server) {
  for (size_t steps = 0; steps < kReportSliceSteps; ++steps) {
    if (sifting_ && !sift(server, steps)) return false;
    const uint64_t id = server.context.roster.next(last_open_);
    if (id == 0 || id > newest_open_) {
      newest_open_ = 0;
      return true;
    }
    last_open_ = id;
    consider(server.context.find(id)->facts(), nullptr, server.context.now.wall);
  }
  return false;
}

bool ConnzReport::gather_closed(const Observed& server) {
  next_closed_ = std::max(next_closed_, server.closed.oldest());
  for (size_t step = 0; step < kReportSliceSteps; ++step) {
    if (next_closed_ >= end_closed_) return true;
    const ClosedClient& closed = server.closed.at(next_closed_++);
    consider(closed.facts, &closed, server.context.now.wall);
  }
  return false;
}

void ConnzReport::consider(const ClientFacts& facts, const ClosedClient* closed, WallTime now) {
  if (!options_.account.empty()) {
    if (facts.account != options_.account) return;
    ++total_;
  }
  if (!is_wanted(facts)) return;
  const uint64_t key = sort_key(facts, closed, now);
  const Entry entry{is_ascending(options_.sort) ? key : ~key, facts.id};
  if (closed == nullptr && !options_.filter_subject.empty()) {
    sifting_.emplace(Sifting{entry, SubscriptionWalk(facts.id)});
  } else {
    entries_.push_back(entry);
  }
}

// True once it is known whether this one is to be shown.
bool ConnzReport::sift(const Observed& server, size_t& steps) {
  SubscriptionWalk& walk = sifting_->walk;
  walk.resume(server.context);
  while (const Subscription* const subscription = walk.next()) {
    if (collide(subscription->subject(), options_.filter_subject)) {
      entries_.push_back(sifting_->entry);
      break;
    }
    if (++steps < kReportSliceSteps) continue;
    walk.suspend();
    return false;
  }
  sifting_.reset();
  return true;
}

bool ConnzReport::is_wanted(const ClientFacts& facts) const {
  if (options_.cid > 0) return true;
  if (!options_.user.empty() && facts.user != options_.user) return false;
  return options_.mqtt_client.empty();
}

uint64_t ConnzReport::sort_key(const ClientFacts& facts, const ClosedClient* closed,
                               WallTime now) const {
  switch (options_.sort) {
    case Sort::kCid:
    case Sort::kStart:
      return facts.id;
    case Sort::kSubs:
      return facts.subscriptions;
    case Sort::kPending:
      return facts.pending;
    case Sort::kMsgsTo:
      return facts.out_msgs;
    case Sort::kMsgsFrom:
      return facts.in_msgs;
    case Sort::kBytesTo:
      return facts.out_bytes;
    case Sort::kBytesFrom:
      return facts.in_bytes;
    case Sort::kLast:
      return as_key(facts.last_active.unix_ns);
    case Sort::kIdle:
      return as_key(now.unix_ns - facts.last_active.unix_ns);
    case Sort::kUptime:
      return as_key(facts.uptime.count());
    case Sort::kStop:
      return as_key(closed == nullptr ? 0 : closed->stop.unix_ns);
    case Sort::kReason:
      return closed == nullptr ? 0 : rank_of(closed->reason);
    case Sort::kRtt:
      return as_key(facts.rtt.count());
  }
  return 0;
}

bool ConnzReport::is_after(const Entry& a, const Entry& b) {
  return a.key != b.key ? a.key > b.key : a.id > b.id;
}

// The heap sorts as far as is asked for, a bit each turn.
ConnzReport::Entry ConnzReport::pop() {
  std::pop_heap(entries_.begin(), entries_.end(), is_after);
  const Entry next = entries_.back();
  entries_.pop_back();
  return next;
}

// Writing -------------------------------------------------------------------------------------

bool ConnzReport::next(const Observed& server, std::string& to) {
  bool is_done = false;
  if (!is_of_nobody_ && !is_gathered_) {
    is_gathered_ = gather(server);
  } else {
    if (!std::exchange(has_head_, true)) write_head(server);
    is_done = write_entries(server);
  }
  to += std::exchange(text_, {});
  return is_done;
}

void ConnzReport::write_head(const Observed& server) {
  const uint64_t begin = std::min<uint64_t>(options_.offset, entries_.size());
  left_ = std::min<uint64_t>(options_.limit, entries_.size() - begin);
  json_.begin_object();
  json_.field("server_id", is_of_nobody_ ? std::string() : server.context.server_id);
  json_.field("now", rfc3339(server.context.now.wall));
  json_.field("num_connections", left_);
  json_.field("total", total_);
  json_.field("offset", options_.offset);
  json_.field("limit", options_.limit);
  json_.name("connections");
  if (is_of_nobody_) return json_.raw("null");
  json_.begin_array();
  for (uint64_t skipped = 0; skipped < begin; ++skipped) pop();
}

bool ConnzReport::write_entries(const Observed& server) {
  if (!is_of_nobody_) {
    for (size_t step = 0; step < kReportSliceSteps; ++step) {
      if (text_.size() >= kReportSliceSize) return false;
      if (walk_) {
        if (!write_subscriptions(server)) return false;
      } else if (left_ > 0) {
        --left_;
        write_entry(server, pop().id);
      } else {
        break;
      }
    }
    if (walk_ || left_ > 0) return false;
    json_.end_array();
  }
  json_.end_object();
  return true;
}

// One that left, and is forgotten already, is left out.
void ConnzReport::write_entry(const Observed& server, uint64_t id) {
  const WallTime now = server.context.now.wall;
  const bool shows_list = options_.subscriptions != Subscriptions::kNone;
  const Client* client = server.context.find(id);
  if (client != nullptr && !client->is_closing()) {
    const ClientFacts facts = client->facts();
    write_facts(facts, nullptr, now);
    if (!shows_list || facts.subscriptions == 0) return end_entry(*client);
    write_list_name(json_, options_.subscriptions);
    walk_.emplace(id);
  } else if (const ClosedClient* closed = server.closed.find(id)) {
    write_facts(closed->facts, closed, now);
    if (shows_list && !closed->subscriptions.empty()) write_closed_subscriptions(*closed);
    write_proxy(closed->facts);
    json_.end_object();
  }
}

// nats-server names the account once more, of those that are connected.
void ConnzReport::end_entry(const Client& client) {
  if (options_.auth) json_.field("name_tag", name_tag(client.account()));
  write_proxy(client.facts());
  json_.end_object();
}

void ConnzReport::write_proxy(const ClientFacts& facts) {
  if (facts.proxy_key.empty()) return;
  json_.name("proxy").begin_object();
  json_.field("key", facts.proxy_key);
  json_.end_object();
}

void ConnzReport::write_facts(const ClientFacts& facts, const ClosedClient* closed, WallTime now) {
  const auto text = [this](std::string_view name, std::string_view value) {
    if (!value.empty()) json_.field(name, value);
  };
  const WallTime until = closed == nullptr ? now : closed->stop;
  json_.begin_object();
  json_.field("cid", facts.id);
  json_.field("kind", "Client");
  json_.field("type", facts.is_websocket ? "websocket" : "nats");
  json_.field("ip", facts.address);
  json_.field("port", static_cast<uint64_t>(facts.port));
  json_.field("start", rfc3339(facts.start));
  json_.field("last_activity", rfc3339(facts.last_active));
  if (closed != nullptr) {
    json_.field("stop", rfc3339(closed->stop));
    json_.field("reason", text_of(closed->reason));
  }
  json_.field("rtt", rtt_text(facts.rtt));
  json_.field("uptime", uptime_text(facts.uptime));
  json_.field("idle", uptime_text(Duration(until.unix_ns - facts.last_active.unix_ns)));
  json_.field("pending_bytes", facts.pending);
  json_.field("in_msgs", facts.in_msgs);
  json_.field("out_msgs", facts.out_msgs);
  json_.field("in_bytes", facts.in_bytes);
  json_.field("out_bytes", facts.out_bytes);
  if (facts.stalls > 0) json_.field("stalls", facts.stalls);
  json_.field("subscriptions", static_cast<uint64_t>(facts.subscriptions));
  text("name", facts.name);
  text("lang", facts.lang);
  text("version", facts.version);
  if (facts.tls != nullptr) write_tls(facts);
  if (!options_.auth) return;
  text("authorized_user", facts.user);
  if (facts.account != kGlobalAccount) text("account", facts.account);
  text("jwt", facts.jwt);
  text("issuer_key", facts.issuer_key);
  if (facts.tags == nullptr || facts.tags->empty()) return;
  json_.name("tags").begin_array();
  for (const std::string& tag : *facts.tags) json_.value(tag);
  json_.end_array();
}

void ConnzReport::write_tls(const ClientFacts& facts) {
  json_.field("tls_version", facts.tls->version);
  json_.field("tls_cipher_suite", facts.tls->cipher);
  if (options_.auth && !facts.tls->peer_certificates.empty()) {
    json_.name("tls_peer_certs").begin_array();
    for (const PeerCertificate& certificate : facts.tls->peer_certificates) {
      json_.begin_object();
      if (!certificate.subject.empty()) json_.field("subject", certificate.subject);
      json_.field("spki_sha256", certificate.spki_sha256);
      json_.field("cert_sha256", certificate.cert_sha256);
      json_.end_object();
    }
    json_.end_array();
  }
  if (facts.is_tls_first) json_.field("tls_first", true);
}

void ConnzReport::write_closed_subscriptions(const ClosedClient& closed) {
  write_list_name(json_, options_.subscriptions);
  for (const ClosedClient::Subscription& subscription : closed.subscriptions) {
    if (options_.subscriptions == Subscriptions::kSubjects) {
      json_.value(subscription.subject);
      continue;
    }
    write_subscription(json_, {.account = closed.facts.account,
                               .subject = subscription.subject,
                               .queue = subscription.queue,
                               .sid = subscription.sid,
                               .delivered = subscription.delivered,
                               .max = subscription.max,
                               .client = closed.facts.id});
  }
  json_.end_array();
}

// True once the list, and its entry, is at its end.
bool ConnzReport::write_subscriptions(const Observed& server) {
  walk_->resume(server.context);
  while (text_.size() < kReportSliceSize) {
    const Subscription* subscription = walk_->next();
    if (subscription == nullptr) {
      const Client* const client = server.context.find(walk_->client());
      walk_.reset();
      json_.end_array();
      if (client == nullptr) {
        json_.end_object();
      } else {
        end_entry(*client);
      }
      return true;
    }
    if (options_.subscriptions == Subscriptions::kSubjects) {
      json_.value(subscription->subject());
    } else {
      write_subscription(json_, subscription_facts(*subscription, walk_->client(), {}));
    }
  }
  walk_->suspend();
  return false;
}

}  // namespace myelin
