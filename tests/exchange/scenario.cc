#include "tests/exchange/scenario.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/base/random.h"
#include "core/subject/subject.h"
#include "tests/exchange/tokens.h"

namespace myelin::exchange {
namespace {

constexpr std::string_view kMetrics = "metrics";

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  Scenario scenario() {
    Scenario drawn;
    shares_streams_ = !one_in(4);
    shares_services_ = !shares_streams_ || !one_in(4);
    for (size_t count = 2 + below(4); count > 0; --count) {
      AccountOptions account;
      account.name = std::string(1, static_cast<char>('P' + drawn.accounts.size()));
      drawn.accounts.push_back(std::move(account));
    }
    for (AccountOptions& account : drawn.accounts) furnish(account);
    for (AccountOptions& account : drawn.accounts) add_imports(drawn.accounts, account);
    accounts_ = drawn.accounts;
    for (const AccountOptions& account : accounts_) {
      if (!one_in(8)) drawn.steps.push_back(join(account.name));
    }
    for (const Known& known : std::vector<Known>(clients_)) {
      if (!one_in(4)) drawn.steps.push_back(subscribe(known, inbox_of(known.client)));
      if (!one_in(4)) drawn.steps.push_back(subscribe(known, wanted(known.account, false)));
    }
    const size_t size = drawn.steps.size() + 10 + below(40);
    while (drawn.steps.size() < size) drawn.steps.push_back(step());
    return drawn;
  }

 private:
  struct Known {
    size_t client;
    std::string account;
  };

  size_t below(size_t bound) { return static_cast<size_t>(random_.below(bound)); }
  bool one_in(size_t count) { return below(count) == 0; }
  template <class List>
  auto& pick(List& list) {
    return list[below(std::size(list))];
  }

  std::string token() {
    static constexpr std::string_view kTokens = "abc";
    return std::string(1, kTokens[below(kTokens.size())]);
  }

  // Of one to three tokens.
  std::string subject(bool may_be_pattern) {
    std::string text;
    const size_t size = 1 + below(3);
    for (size_t index = 0; index < size; ++index) {
      if (index > 0) text += '.';
      if (may_be_pattern && one_in(3)) {
        text += "*";
      } else if (may_be_pattern && index + 1 == size && one_in(6)) {
        text += ">";
      } else {
        text += token();
      }
    }
    return text;
  }

  // A subject, or a narrower pattern, within a pattern.
  std::string within(std::string_view pattern, bool is_literal_wanted) {
    TokenList tokens = split(pattern);
    for (size_t index = 0; index < tokens.size(); ++index) {
      const bool stays = !is_literal_wanted && !one_in(3);
      if (tokens[index] == "*" && !stays) tokens[index] = token();
      if (tokens[index] == ">" && !stays) {
        tokens[index] = token();
        if (one_in(2)) tokens.push_back(is_literal_wanted || one_in(2) ? token() : "*");
        break;
      }
    }
    return join_tokens(tokens);
  }

  // Accounts ----------------------------------------------------------------------------------

  void furnish(AccountOptions& account) {
    account.exports.clear();
    account.mappings.clear();
    account.default_permissions.reset();
    for (size_t count = below(4); count > 0; --count) add_export(account);
    if (one_in(4)) add_mapping(account);
    if (one_in(6)) {
      account.default_permissions.emplace();
      account.default_permissions->subscribe.deny.push_back(subject(true));
    }
  }

  void add_export(AccountOptions& account) {
    ExportOptions made;
    made.is_service = !shares_streams_ || (shares_services_ && one_in(2));
    made.subject = one_in(8) ? std::string(">") : subject(true);
    for (const ExportOptions& other : account.exports) {
      // Of patterns that overlap and neither of which is the wider, it is a matter of taste which
      // one judges an import.
      if (other.is_service == made.is_service && overlap(made.subject, other.subject) &&
          (made.subject == other.subject ||
           (!contains(made.subject, other.subject) && !contains(other.subject, made.subject)))) {
        return;
      }
    }
    if (one_in(6)) {
      made.accounts.push_back(std::string(1, static_cast<char>('P' + below(5))));
    } else if (const auto star = position_of_star(made.subject); star > 0 && one_in(6)) {
      made.account_token_position = static_cast<uint32_t>(star);
    }
    if (made.is_service) {
      static constexpr ResponseType kTypes[] = {ResponseType::kSingleton, ResponseType::kSingleton,
                                                ResponseType::kStream, ResponseType::kChunked};
      made.response_type = pick(kTypes);
      // No sum of whole seconds.
      made.response_threshold = milliseconds(1300) + seconds(static_cast<int64_t>(below(4)));
      if (made.response_type == ResponseType::kSingleton && one_in(2)) {
        made.latency.emplace().subject = kMetrics;
      }
    }
    account.exports.push_back(std::move(made));
    const bool asks = std::any_of(
        account.exports.begin(), account.exports.end(),
        [](const ExportOptions& each) { return each.is_service && fits(each.subject, kMetrics); });
    if (!asks) return;
    for (ExportOptions& each : account.exports) each.latency.reset();
  }

  static size_t position_of_star(std::string_view pattern) {
    const TokenList tokens = split(pattern);
    for (size_t index = 0; index < tokens.size(); ++index) {
      if (tokens[index] == "*") return index + 1;
    }
    return 0;
  }

  void add_mapping(AccountOptions& account) {
    MappingOptions mapping;
    mapping.source = subject(true);
    TokenList tokens = split(mapping.source);
    size_t stars = 0;
    for (std::string& each : tokens) {
      if (each == "*") {
        each = "$" + std::to_string(++stars);
      } else if (each != ">" && one_in(2)) {
        each = token();
      }
    }
    mapping.destinations.push_back({.subject = join_tokens(tokens)});
    account.mappings.push_back(std::move(mapping));
  }

  void add_imports(const std::vector<AccountOptions>& all, AccountOptions& account) {
    account.imports.clear();
    for (size_t count = below(4); count > 0; --count) add_import(all, account);
  }

  void add_import(const std::vector<AccountOptions>& all, AccountOptions& account) {
    const AccountOptions& exporter = pick(all);
    if (exporter.exports.empty()) return;
    // Circles are asked for, but not more often than everything else.
    if (exporter.name == account.name && !one_in(4)) return;
    if (exporter.name > account.name && one_in(2)) return;
    const ExportOptions& offer = pick(exporter.exports);
    ImportOptions made;
    made.is_service = one_in(20) ? !offer.is_service : offer.is_service;
    made.account = exporter.name;
    made.subject = one_in(3) ? within(offer.subject, false) : offer.subject;
    if (offer.account_token_position > 0 && !one_in(4)) {
      TokenList tokens = split(made.subject);
      if (tokens.size() >= offer.account_token_position) {
        tokens[offer.account_token_position - 1] = account.name;
      }
      made.subject = join_tokens(tokens);
    }
    if (!made.is_service && one_in(4)) {
      made.prefix = one_in(10) ? "*" : "pre";
    } else if (one_in(2)) {
      made.to = another_name(made.subject, made.is_service);
    }
    made.share = one_in(3);
    account.imports.push_back(std::move(made));
  }

  std::string another_name(std::string_view theirs, bool is_service) {
    const TokenList tokens = split(theirs);
    TokenList names;
    const size_t stars =
        static_cast<size_t>(std::count(tokens.begin(), tokens.end(), std::string("*")));
    const bool has_rest = tokens.back() == ">";
    for (size_t count = below(3) + (stars == 0 && !has_rest ? 1 : 0); count > 0; --count) {
      names.push_back(token());
    }
    // Many subjects may ask one service.
    if (stars == 0 && !has_rest && is_service && one_in(4)) pick(names) = "*";
    const size_t way = below(3);
    for (size_t star = 1; star <= stars; ++star) {
      const std::string number = std::to_string(star);
      const size_t place = way == 0 ? names.size() : below(names.size() + 1);
      const std::string name = way == 0   ? "*"
                               : way == 1 ? "$" + number
                                          : "{{wildcard(" + number + ")}}";
      names.insert(names.begin() + static_cast<std::ptrdiff_t>(place), name);
    }
    if (has_rest) names.push_back(">");
    return join_tokens(names);
  }

  std::vector<AccountOptions> changed_accounts() {
    std::vector<AccountOptions> changed = accounts_;
    for (size_t count = 1 + below(3); count > 0; --count) {
      AccountOptions& account = pick(changed);
      switch (below(8)) {
        case 0:
          add_export(account);
          break;
        case 1:
          if (!account.exports.empty()) account.exports.erase(account.exports.begin());
          break;
        case 2:
        case 3:
          add_import(changed, account);
          break;
        case 4:
          if (!account.imports.empty()) account.imports.erase(account.imports.begin());
          break;
        case 5:
          furnish(account);
          break;
        case 6:
          if (changed.size() > 1 && one_in(2)) {
            changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(below(changed.size())));
          }
          break;
        case 7: {
          const std::string name(1, static_cast<char>('P' + below(5)));
          const auto at =
              std::lower_bound(changed.begin(), changed.end(), name,
                               [](const auto& each, const auto& key) { return each.name < key; });
          if (at != changed.end() && at->name == name) break;
          AccountOptions made;
          made.name = name;
          furnish(made);
          changed.insert(at, std::move(made));
          break;
        }
      }
    }
    return changed;
  }

  // Steps -------------------------------------------------------------------------------------

  Step join(const std::string& account) {
    Step step{.kind = Step::Kind::kJoin, .client = ++last_client_, .account = account};
    step.echo = !one_in(4);
    clients_.push_back({step.client, account});
    return step;
  }

  Step subscribe(const Known& known, std::string subject) {
    Step step{.kind = Step::Kind::kSubscribe, .client = known.client};
    step.subscription = ++last_subscription_;
    step.subject = std::move(subject);
    if (one_in(4)) step.queue = one_in(2) ? "q" : "r";
    if (step.queue.empty() && one_in(5)) step.max = 1 + below(3);
    subscriptions_.push_back({known.client, step.subscription});
    return step;
  }

  Step step() {
    if (clients_.empty()) return join(pick(accounts_).name);
    const size_t what = below(40);
    const Known known = pick(clients_);
    Step step{.client = known.client};
    if (what < 2) return join(pick(accounts_).name);
    if (what < 3) {
      step.kind = Step::Kind::kLeave;
      std::erase_if(clients_, [&](const Known& each) { return each.client == known.client; });
    } else if (what < 16) {
      const bool is_inbox = one_in(4);
      return subscribe(known, is_inbox ? inbox_of(known.client) : wanted(known.account, false));
    } else if (what < 18) {
      if (subscriptions_.empty()) return step;
      step.kind = Step::Kind::kUnsubscribe;
      std::tie(step.client, step.subscription) = pick(subscriptions_);
    } else if (what < 30) {
      step.kind = Step::Kind::kPublish;
      step.subject = wanted(known.account, true);
      if (!one_in(3)) step.reply = one_in(6) ? wanted(known.account, true) : inbox_of(known.client);
      step.is_empty = one_in(6);
      step.claims_more = one_in(8);
    } else if (what < 37) {
      step.kind = Step::Kind::kAnswer;
      // Who was asked answers, most of the time; see the trial.
      step.client = one_in(5) ? known.client : 0;
      step.request = one_in(2) ? 0 : below(6);
      step.is_empty = one_in(5);
      if (one_in(6)) step.reply = subject(false);
    } else if (what < 38) {
      step.kind = Step::Kind::kWait;
      step.span = seconds(1 + static_cast<int64_t>(below(3)));
    } else {
      step.kind = Step::Kind::kReload;
      step.accounts = accounts_ = changed_accounts();
    }
    return step;
  }

  // Something that is heard of in the account, or not.
  std::string wanted(const std::string& account, bool is_literal_wanted) {
    const auto found = std::find_if(accounts_.begin(), accounts_.end(),
                                    [&](const auto& each) { return each.name == account; });
    if (found == accounts_.end() || one_in(6)) {
      return !is_literal_wanted && one_in(2) ? ">" : subject(!is_literal_wanted);
    }
    if (!is_literal_wanted && one_in(12)) return one_in(2) ? "_R_.>" : std::string(kMetrics);
    const size_t size = found->exports.size() + found->imports.size();
    const size_t index = size == 0 ? 0 : below(size);
    if (size == 0) return subject(!is_literal_wanted);
    if (index < found->exports.size()) {
      return within(found->exports[index].subject, is_literal_wanted);
    }
    return within(pattern_of(own_name(found->imports[index - found->exports.size()])),
                  is_literal_wanted);
  }

  Random random_;
  bool shares_streams_ = true;
  bool shares_services_ = true;
  std::vector<AccountOptions> accounts_;
  std::vector<Known> clients_;
  std::vector<std::pair<size_t, size_t>> subscriptions_;
  size_t last_client_ = 0;
  size_t last_subscription_ = 0;
};

}  // namespace

Scenario draw(uint64_t seed) { return Draw(seed).scenario(); }

std::string inbox_of(size_t client) { return "in." + std::to_string(client); }

// Text ----------------------------------------------------------------------------------------

namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string to_text(const ExportOptions& each) {
  std::string text = each.is_service ? "{service: " : "{stream: ";
  text += quoted(each.subject);
  if (!each.accounts.empty()) text += ", accounts: [" + each.accounts.front() + "]";
  if (each.account_token_position > 0) {
    text += ", account_token_position: " + std::to_string(each.account_token_position);
  }
  if (each.response_type == ResponseType::kStream) text += ", response: stream";
  if (each.response_type == ResponseType::kChunked) text += ", response: chunked";
  if (each.is_service) {
    text +=
        ", threshold: \"" + std::to_string(each.response_threshold.count() / 1'000'000) + "ms\"";
  }
  if (each.latency) text += ", latency: " + quoted(each.latency->subject);
  return text + "}";
}

std::string to_text(const ImportOptions& each) {
  std::string text = each.is_service ? "{service: " : "{stream: ";
  text += "{account: " + each.account + ", subject: " + quoted(each.subject) + "}";
  if (!each.prefix.empty()) text += ", prefix: " + quoted(each.prefix);
  if (!each.to.empty()) text += ", to: " + quoted(each.to);
  if (each.share) text += ", share: true";
  return text + "}";
}

std::string to_text(const std::vector<AccountOptions>& accounts) {
  std::string text = "accounts {\n";
  for (const AccountOptions& account : accounts) {
    text += "  " + account.name + " {\n    users: [{user: " + account.name + ", password: p}]\n";
    const auto list = [&text](const char* name, const auto& entries) {
      if (entries.empty()) return;
      text += std::string("    ") + name + ": [\n";
      for (const auto& each : entries) text += "      " + to_text(each) + "\n";
      text += "    ]\n";
    };
    list("exports", account.exports);
    list("imports", account.imports);
    for (const MappingOptions& each : account.mappings) {
      text += "    mappings: {" + quoted(each.source) + ": " +
              quoted(each.destinations.front().subject) + "}\n";
    }
    if (account.default_permissions) {
      text += "    default_permissions: {subscribe: {deny: " +
              quoted(account.default_permissions->subscribe.deny.front()) + "}}\n";
    }
    text += "  }\n";
  }
  return text + "}\n";
}

std::string to_text(const Step& step) {
  const std::string who = "C" + std::to_string(step.client);
  switch (step.kind) {
    case Step::Kind::kJoin:
      return who + " joins " + step.account + (step.echo ? "" : ", without echo");
    case Step::Kind::kLeave:
      return who + " leaves";
    case Step::Kind::kSubscribe:
      return who + " > SUB " + step.subject + " " + step.queue + (step.queue.empty() ? "" : " ") +
             std::to_string(step.subscription) +
             (step.max == 0 ? "" : ", at most " + std::to_string(step.max));
    case Step::Kind::kUnsubscribe:
      return who + " > UNSUB " + std::to_string(step.subscription);
    case Step::Kind::kPublish:
      return who + " > PUB " + step.subject + " " + step.reply + (step.is_empty ? ", empty" : "") +
             (step.claims_more ? ", claims more" : "");
    case Step::Kind::kAnswer:
      return (step.client == 0 ? "whoever was asked" : who) + " answers request " +
             std::to_string(step.request) + (step.is_empty ? ", empty" : "") +
             (step.reply.empty() ? "" : ", wants an answer at " + step.reply);
    case Step::Kind::kWait:
      return "wait " + std::to_string(step.span.count() / 1'000'000'000) + "s";
    case Step::Kind::kReload:
      return "reload " + to_text(step.accounts);
  }
  return "";
}

}  // namespace

std::string to_text(const Scenario& scenario) {
  std::string text = to_text(scenario.accounts);
  for (const Step& step : scenario.steps) text += to_text(step) + "\n";
  return text;
}

}  // namespace myelin::exchange
