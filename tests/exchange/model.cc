#include "tests/exchange/model.h"

#include <algorithm>
#include <utility>

#include "tests/exchange/tokens.h"

namespace myelin::exchange {
namespace {

constexpr size_t kPassagesMax = 200;
constexpr std::string_view kWayPrefix = "_R_.";

bool is_way_name(std::string_view subject) { return subject.substr(0, 4) == kWayPrefix; }

}  // namespace

// What there is -------------------------------------------------------------------------------

void Model::configure(const std::vector<AccountOptions>& accounts, const Imports& imports) {
  ++generation_;
  std::map<std::string, Account> before = std::exchange(accounts_, {});
  for (const AccountOptions& each : accounts) {
    Account& account = accounts_[each.name];
    const auto known = before.find(each.name);
    account.number = known == before.end() ? ++account_count_ : known->second.number;
    account.options = each;
    const auto planned = imports.find(each.name);
    if (planned != imports.end()) account.imports = planned->second;
  }
}

Outcome Model::reload(const std::vector<AccountOptions>& accounts, const Imports& imports) {
  outcome_ = {};
  std::vector<size_t> heard;  // ways to who asks a service with what he is answered
  for (size_t index = 0; index < ways_.size(); ++index) {
    const Way& way = ways_[index];
    if (way.is_open && asks_service(way.requestor, way.to)) heard.push_back(index);
  }
  configure(accounts, imports);
  std::erase_if(clients_,
                [this](const auto& each) { return !accounts_.contains(each.second.account); });
  for (Way& way : ways_) {
    const bool stays = accounts_.contains(way.responder) && accounts_.contains(way.requestor);
    if (!stays) way.is_open = false;
  }
  for (const size_t index : heard) {
    Way& way = ways_[index];
    if (way.is_open && !has_interest(way.requestor, way.to)) close(index, "408");
  }
  for (auto& [number, client] : clients_) {
    const std::vector<std::string> denied = denied_in(accounts_.at(client.account).options);
    std::vector<size_t> forbidden;
    for (const auto& [sid, each] : client.subscriptions) {
      if (is_denied(denied, each.subject)) forbidden.push_back(sid);
    }
    for (const size_t sid : forbidden) remove(number, sid);
  }
  Outcome told;
  tell(told);
  return told;
}

void Model::join(size_t client, const std::string& account, bool echo) {
  clients_[client] = {.account = account, .echo = echo, .subscriptions = {}};
}

std::vector<std::string> Model::denied_in(const AccountOptions& account) {
  if (!account.default_permissions) return {};
  return account.default_permissions->subscribe.deny;
}

// A pattern is held against it as if it were a subject.
bool Model::is_denied(const std::vector<std::string>& denied, const std::string& subject) {
  return std::any_of(denied.begin(), denied.end(),
                     [&](const std::string& each) { return fits(each, subject); });
}

bool Model::subscribe(size_t client, size_t subscription, const std::string& subject,
                      const std::string& queue, uint64_t max) {
  Client& of = clients_.at(client);
  if (is_denied(denied_in(accounts_.at(of.account).options), subject)) return false;
  of.subscriptions[subscription] = {.subject = subject, .queue = queue, .max = max};
  return true;
}

Outcome Model::unsubscribe(size_t client, size_t subscription) {
  outcome_ = {};
  if (clients_.at(client).subscriptions.contains(subscription)) remove(client, subscription);
  Outcome told;
  tell(told);
  return told;
}

Outcome Model::leave(size_t client) {
  outcome_ = {};
  while (!clients_.at(client).subscriptions.empty()) {
    remove(client, clients_.at(client).subscriptions.begin()->first);
  }
  clients_.erase(client);
  Outcome told;
  tell(told);
  return told;
}

void Model::remove(size_t client, size_t subscription) {
  Client& of = clients_.at(client);
  const std::string subject = of.subscriptions.at(subscription).subject;
  of.subscriptions.erase(subscription);
  lose_interest(of.account, subject);
}

// Messages ------------------------------------------------------------------------------------

Outcome Model::publish(size_t client, const Published& message) {
  outcome_ = {};
  ended_.clear();
  const std::string account = clients_.at(client).account;
  const Sent sent{.subject = map(account, message.subject),
                  .reply = message.reply,
                  .payload = message.payload,
                  .asker = message.asker,
                  .is_empty = message.is_empty,
                  .client = client};
  const size_t taken = deliver(account, sent);
  settle(client, sent.subject, sent.reply, taken);
  Outcome told;
  tell(told);
  return told;
}

Outcome Model::wait(Instant end) {
  outcome_ = {};
  Outcome told;
  for (;;) {
    std::optional<size_t> next;
    for (size_t index = 0; index < ways_.size(); ++index) {
      const Way& way = ways_[index];
      if (!way.is_open || way.deadline > end) continue;
      if (!next || way.deadline < ways_[*next].deadline) next = index;
    }
    if (!next) break;
    now_ = ways_[*next].deadline;
    close(*next, "504");
    ended_.clear();
    tell(told);
  }
  now_ = end;
  return told;
}

std::string Model::map(const std::string& account, const std::string& subject) const {
  for (const MappingOptions& each : accounts_.at(account).options.mappings) {
    if (!fits(each.source, subject)) continue;
    return rename(subject, each.source, each.destinations.front().subject);
  }
  return subject;
}

bool Model::refuses(const Taker& taker, size_t publisher) const {
  const Client& client = clients_.at(taker.client);
  if (taker.client == publisher && !client.echo) return true;
  const std::vector<std::string> denied = denied_in(accounts_.at(client.account).options);
  return std::any_of(denied.begin(), denied.end(),
                     [&](const std::string& each) { return fits(each, taker.shown); });
}

std::vector<Model::Taker> Model::takers(const std::string& account, const Sent& sent) const {
  std::vector<Taker> found;
  for (const auto& [number, client] : clients_) {
    for (const auto& [sid, each] : client.subscriptions) {
      if (client.account == account && fits(each.subject, sent.subject)) {
        found.push_back({number, sid, sent.subject});
      }
    }
  }
  // What was asked of a service is no stream.
  if (sent.passage) return found;
  for (const auto& [name, importer] : accounts_) {
    for (const ImportOptions& import : importer.imports) {
      if (import.is_service || import.account != account) continue;
      if (!fits(import.subject, sent.subject)) continue;
      const std::string ours = rename(sent.subject, import.subject, own_name(import));
      for (const auto& [number, client] : clients_) {
        for (const auto& [sid, each] : client.subscriptions) {
          if (client.account == name && fits(each.subject, ours)) {
            found.push_back({number, sid, ours});
          }
        }
      }
    }
  }
  return found;
}

size_t Model::deliver(const std::string& account, const Sent& sent) {
  for (const Ended& each : ended_) {
    if (each.account == account && fits(each.subject, sent.subject)) outcome_.is_unsure = true;
  }
  const auto seen_by = [&sent](const Taker& taker) {
    return Delivery{taker.client, taker.subscription, taker.shown, sent.reply,
                    sent.payload, sent.asker,         sent.through};
  };
  size_t taken = 0;
  std::map<std::string, std::vector<Delivery>> groups;
  std::vector<std::pair<size_t, size_t>> filled;
  for (const Taker& taker : takers(account, sent)) {
    if (refuses(taker, sent.client)) continue;
    Subscribed& subscription = clients_.at(taker.client).subscriptions.at(taker.subscription);
    if (!subscription.queue.empty()) {
      groups[subscription.queue].push_back(seen_by(taker));
      continue;
    }
    ++subscription.delivered;
    if (subscription.max > 0 && subscription.delivered > subscription.max) {
      outcome_.is_unsure = true;
      continue;
    }
    if (subscription.delivered == subscription.max) {
      filled.emplace_back(taker.client, taker.subscription);
    }
    outcome_.sure.push_back(seen_by(taker));
    ++taken;
  }
  for (const auto& [name, members] : groups) {
    outcome_.one_of.push_back(members);
    ++taken;
  }
  for (const ImportOptions& import : accounts_.at(account).imports) {
    if (!import.is_service || !fits(pattern_of(own_name(import)), sent.subject)) continue;
    mails_.push_back({.sent = sent, .account = account, .service = import});
  }
  if (is_way_name(sent.subject)) {
    for (size_t index = 0; index < ways_.size(); ++index) {
      if (ways_[index].name != sent.subject || ways_[index].responder != account) continue;
      mails_.push_back({.sent = sent, .account = account, .way = index});
      ++taken;
    }
  }
  for (const auto& [client, subscription] : filled) {
    const Client& of = clients_.at(client);
    ended_.push_back({of.account, of.subscriptions.at(subscription).subject});
    remove(client, subscription);
  }
  return taken;
}

// All that follows from a message, and then what is told of it.
void Model::settle(size_t asked_by, const std::string& subject, const std::string& reply,
                   size_t taken) {
  while (!mails_.empty()) {
    const Mail mail = std::move(mails_.front());
    mails_.pop_front();
    mail.service ? ask(mail) : answer(mail);
  }
  for (size_t index = passages_.size(); index-- > 0;) {
    Passage& passage = passages_[index];
    if (passage.was_taken) {
      if (passage.previous) {
        passages_[*passage.previous].was_taken = true;
      } else if (passage.client == asked_by) {
        ++taken;
      }
    }
    if (!passage.way || !ways_[*passage.way].is_open) continue;
    Way& way = ways_[*passage.way];
    if (!passage.was_taken) {
      close(*passage.way, "503");
    } else if (way.type != ResponseType::kSingleton) {
      way.deadline = now_ + way.threshold;
    }
  }
  passages_.clear();
  if (asked_by == 0 || taken > 0 || reply.empty() || !clients_.contains(asked_by)) return;
  // An account may import from itself: then other subscriptions hear the reply's subject, too.
  std::vector<Delivery> nobody;
  const Client& client = clients_.at(asked_by);
  for (const Taker& each : takers(client.account, {.subject = reply})) {
    if (each.client != asked_by || !client.subscriptions.at(each.subscription).queue.empty()) {
      continue;
    }
    nobody.push_back({asked_by, each.subscription, reply, "", "503", "", subject});
  }
  if (!nobody.empty()) outcome_.one_of.push_back(std::move(nobody));
}

// Events are messages of the server's own, once all else is done.
void Model::tell(Outcome& into) {
  while (!events_.empty()) {
    const Event event = std::move(events_.front());
    events_.pop_front();
    if (!accounts_.contains(event.account)) continue;
    const Sent sent{.subject = event.subject, .payload = event.payload};
    deliver(event.account, sent);
    settle(0, "", "", 0);
  }
  into.sure.insert(into.sure.end(), outcome_.sure.begin(), outcome_.sure.end());
  into.one_of.insert(into.one_of.end(), outcome_.one_of.begin(), outcome_.one_of.end());
  into.is_unsure = into.is_unsure || outcome_.is_unsure;
  outcome_ = {};
}

// Services ------------------------------------------------------------------------------------

Model::Granted Model::granted(const ImportOptions& import) const {
  const ExportOptions* narrowest = nullptr;
  for (const ExportOptions& each : accounts_.at(import.account).options.exports) {
    if (each.is_service != import.is_service || !contains(each.subject, import.subject)) continue;
    if (narrowest == nullptr || contains(narrowest->subject, each.subject)) narrowest = &each;
  }
  return {.number = std::to_string(generation_) + " " + import.account + " " + narrowest->subject,
          .options = *narrowest};
}

std::optional<size_t> Model::begin(const Mail& mail, const std::string& exported) {
  for (std::optional<size_t> at = mail.sent.passage; at; at = passages_[*at].previous) {
    if (passages_[*at].exported == exported) return std::nullopt;
  }
  // Names that overlap can multiply a message beyond all bounds but the server's.
  if (passages_.size() >= kPassagesMax) {
    outcome_.is_unsure = true;
    return std::nullopt;
  }
  passages_.push_back(
      {.previous = mail.sent.passage, .exported = exported, .client = mail.sent.client});
  return passages_.size() - 1;
}

void Model::ask(const Mail& mail) {
  const ImportOptions& import = *mail.service;
  const Granted grant = granted(import);
  const std::optional<size_t> passage = begin(mail, grant.number);
  if (!passage) return;
  Sent sent = mail.sent;
  sent.passage = passage;
  sent.reply.clear();
  sent.is_empty = false;  // it says who asks
  // What the server itself says is not measured.
  const bool is_measured = grant.options.latency && sent.client != 0;
  const std::string latency = is_measured ? grant.options.latency->subject : "";
  if (!mail.sent.reply.empty()) {
    passages_[*passage].way = open({.responder = import.account,
                                    .requestor = mail.account,
                                    .to = mail.sent.reply,
                                    .exported = grant.number,
                                    .type = grant.options.response_type,
                                    .threshold = grant.options.response_threshold,
                                    .latency = latency});
    sent.reply = ways_.back().name;
  } else if (!latency.empty()) {
    deliver(import.account, {.subject = latency, .payload = "latency 400"});
  }
  sent.subject = map(import.account, rename(mail.sent.subject, own_name(import), import.subject));
  const bool is_handed_on = mail.sent.passage.has_value();
  sent.asker = sent.client == 0 ? mail.account : clients_.at(sent.client).account;
  sent.through = is_handed_on ? mail.account : "";
  passages_[*passage].was_taken = deliver(import.account, sent) > 0;
}

void Model::answer(const Mail& mail) {
  const size_t index = *mail.way;
  if (!ways_[index].is_open) return;
  const std::optional<size_t> passage = begin(mail, ways_[index].exported);
  if (!passage) return;
  passages_[*passage].way = index;
  Sent sent = mail.sent;
  sent.passage = passage;
  if (!sent.reply.empty()) {
    const Way& way = ways_[index];
    open({.responder = way.requestor,
          .requestor = way.responder,
          .to = sent.reply,
          .exported = way.exported,
          .type = way.type,
          .threshold = way.threshold});
    sent.reply = ways_.back().name;
  }
  const Way way = ways_[index];
  if (!way.latency.empty()) {
    events_.push_back({way.responder, way.latency, "latency 200"});
    ways_[index].latency.clear();
  }
  sent.subject = map(way.requestor, way.to);
  passages_[*passage].was_taken = deliver(way.requestor, sent) > 0;
  const bool is_last = way.type == ResponseType::kSingleton || sent.is_empty;
  if (is_last && ways_[index].is_open) close(index, "");
}

size_t Model::open(Way way) {
  const std::string number = std::to_string(ways_.size());
  way.name = "_R_.<a" + std::to_string(accounts_.at(way.responder).number) + ">.<w" + number + ">";
  if (!way.latency.empty()) way.name += ".<h>.T";
  way.deadline = now_ + way.threshold;
  ways_.push_back(std::move(way));
  return ways_.size() - 1;
}

void Model::close(size_t index, std::string_view status) {
  Way& way = ways_[index];
  way.is_open = false;
  if (way.latency.empty() || status.empty()) return;
  events_.push_back({way.responder, way.latency, "latency " + std::string(status)});
}

void Model::lose_interest(const std::string& account, const std::string& pattern) {
  if (is_way_name(pattern)) return;
  for (size_t index = 0; index < ways_.size(); ++index) {
    const Way& way = ways_[index];
    if (!way.is_open || way.requestor != account || !fits(pattern, way.to)) continue;
    if (!has_interest(account, way.to)) close(index, "408");
  }
}

bool Model::has_interest(const std::string& account, const std::string& subject) const {
  Sent sent{.subject = subject};
  if (!takers(account, sent).empty() || asks_service(account, subject)) return true;
  return std::any_of(ways_.begin(), ways_.end(), [&](const Way& way) {
    return way.name == subject && way.responder == account;
  });
}

bool Model::asks_service(const std::string& account, const std::string& subject) const {
  const std::vector<ImportOptions>& imports = accounts_.at(account).imports;
  return std::any_of(imports.begin(), imports.end(), [&](const ImportOptions& each) {
    return each.is_service && fits(pattern_of(own_name(each)), subject);
  });
}

std::string Model::describe_way(std::string_view token) const {
  if (token.substr(0, 2) != "<w") return "";
  const Way& way = ways_[std::stoul(std::string(token.substr(2)))];
  return way.responder + "|" + way.requestor + "|" + way.to + "|" + way.exported + "|" +
         std::to_string(static_cast<int>(way.type)) + std::to_string(way.is_open) +
         std::to_string(way.threshold.count()) + "|" + way.latency;
}

size_t Model::open_ways() const {
  return static_cast<size_t>(
      std::count_if(ways_.begin(), ways_.end(), [](const Way& way) { return way.is_open; }));
}

}  // namespace myelin::exchange
