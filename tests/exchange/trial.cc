#include "tests/exchange/trial.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "hosts/sim/broken_promise.h"
#include "tests/exchange/host.h"
#include "tests/exchange/matching.h"
#include "tests/exchange/model.h"
#include "tests/exchange/rules.h"

namespace myelin::exchange {
namespace {

constexpr std::string_view kLatencyType = "io.nats.server.metric.v1.service_latency";

std::string between(std::string_view text, std::string_view before, char after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return "";
  text.remove_prefix(begin + before.size());
  return std::string(text.substr(0, text.find(after)));
}

// What a message is in the Model's words.
Delivery to_delivery(const Received& received) {
  Delivery seen{.client = received.client,
                .subscription = received.subscription,
                .subject = received.subject,
                .reply = received.reply,
                .payload = received.payload};
  const std::string_view headers = received.headers;
  if (headers.substr(0, 12) == "NATS/1.0 503") {
    seen.payload = "503";
    seen.through = between(headers, "Nats-Subject: ", '\r');
    return seen;
  }
  if (headers.find("Nats-Request-Info: ") != headers.rfind("Nats-Request-Info: ")) {
    seen.asker = "two of them";
    return seen;
  }
  const std::string info = between(headers, "Nats-Request-Info: ", '\r');
  seen.asker = between(info, "\"acc\":\"", '"');
  seen.through = between(info, "\"svc\":\"", '"');
  if (seen.payload.find(kLatencyType) != std::string::npos) {
    seen.payload = "latency " + between(seen.payload, "\"status\":", ',');
  }
  return seen;
}

std::string to_text(const Delivery& each) {
  return "C" + std::to_string(each.client) + " < MSG " + each.subject + " " +
         std::to_string(each.subscription) + " " + each.reply + " : " + each.payload + " (" +
         each.asker + " by " + each.through + ")\n";
}

Options to_options(const std::vector<AccountOptions>& accounts) {
  Options options;
  options.accounts = accounts;
  options.ping_interval = minutes(60);
  for (const AccountOptions& each : accounts) {
    options.authorization.users.push_back({.user = each.name,
                                           .password = "p",
                                           .account = each.name,
                                           .permissions = each.default_permissions});
  }
  return options;
}

class Trial {
 public:
  Trial(const Scenario& scenario, uint64_t seed)
      : scenario_(scenario), host_(to_options(scenario.accounts), seed) {
    model_.configure(scenario.accounts, check_plan(scenario.accounts));
    subscriptions_ = subscription_count();
  }

  Played run() {
    for (const Step& step : scenario_.steps) {
      at_ = &step;
      if (!apply(step)) {
        played_.is_whole = false;
        return played_;
      }
    }
    at_ = nullptr;
    end();
    return played_;
  }

 private:
  bool apply(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kJoin:
        return join(step);
      case Step::Kind::kLeave:
        if (!model_.is_there(step.client)) return true;
        host_.close(step.client);
        return check(model_.leave(step.client));
      case Step::Kind::kSubscribe:
        return subscribe(step);
      case Step::Kind::kUnsubscribe:
        if (!model_.is_there(step.client)) return true;
        send(step.client, "UNSUB " + std::to_string(step.subscription) + "\r\n");
        return check(model_.unsubscribe(step.client, step.subscription));
      case Step::Kind::kPublish:
        if (!model_.is_there(step.client)) return true;
        return publish(step.client, step.subject, step);
      case Step::Kind::kAnswer:
        return answer(step);
      case Step::Kind::kWait: {
        const Instant end = host_.now() + step.span;
        host_.wait(end);
        return check(model_.wait(end));
      }
      case Step::Kind::kReload:
        return reload(step.accounts);
    }
    return true;
  }

  bool join(const Step& step) {
    const bool is_known =
        std::any_of(accounts().begin(), accounts().end(),
                    [&](const AccountOptions& each) { return each.name == step.account; });
    if (!is_known) return true;
    host_.open(step.client);
    send(step.client,
         "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,"
         "\"no_responders\":true,\"protocol\":1,\"echo\":" +
             std::string(step.echo ? "true" : "false") + ",\"user\":\"" + step.account +
             "\",\"pass\":\"p\"}\r\n");
    model_.join(step.client, step.account, step.echo);
    return check({});
  }

  const std::vector<AccountOptions>& accounts() const {
    return reloaded_ == nullptr ? scenario_.accounts : *reloaded_;
  }

  bool subscribe(const Step& step) {
    if (!model_.is_there(step.client)) return true;
    const std::string sid = std::to_string(step.subscription);
    const std::string queue = step.queue.empty() ? "" : step.queue + " ";
    std::string text = "SUB " + step.subject + " " + queue + sid + "\r\n";
    if (step.max > 0) text += "UNSUB " + sid + " " + std::to_string(step.max) + "\r\n";
    host_.take_error(step.client);  // what a reload had to say
    send(step.client, text);
    const bool may =
        model_.subscribe(step.client, step.subscription, step.subject, step.queue, step.max);
    const bool agrees = check({});
    const std::string error = host_.take_error(step.client);
    if (may != error.empty()) fail("a subscription is taken, or refused", error);
    return agrees;
  }

  bool publish(size_t client, const std::string& subject, const Step& step) {
    const std::string payload = step.is_empty ? "" : "m" + std::to_string(++last_message_);
    std::string headers;
    if (step.claims_more) headers = "NATS/1.0\r\nNats-Request-Info: {\"acc\":\"forged\"}\r\n\r\n";
    const std::string reply = step.reply.empty() ? "" : step.reply + " ";
    const std::string size = std::to_string(headers.size() + payload.size());
    const std::string verb = headers.empty() ? "PUB " : "HPUB ";
    const std::string sizes = headers.empty() ? size : std::to_string(headers.size()) + " " + size;
    send(client, verb + subject + " " + reply + sizes + "\r\n" + headers + payload + "\r\n");
    return check(model_.publish(client, {.subject = names_.own_name(subject),
                                         .reply = step.reply,
                                         .payload = payload,
                                         .asker = headers.empty() ? "" : "forged",
                                         .is_empty = headers.empty() && payload.empty()}));
  }

  // Whoever was asked, or somebody else who found out how.
  bool answer(const Step& step) {
    if (requests_.empty()) return true;
    const Delivery& request = requests_[requests_.size() - 1 - step.request % requests_.size()];
    const size_t client = step.client == 0 ? request.client : step.client;
    if (!model_.is_there(client)) return true;
    const std::string real = names_.real_name(request.reply);
    if (real.empty()) return true;
    return publish(client, real, step);
  }

  bool reload(const std::vector<AccountOptions>& accounts) {
    host_.reload(to_options(accounts));
    reloaded_ = &accounts;
    const bool is_sure = check(model_.reload(accounts, check_plan(accounts)));
    return is_sure;
  }

  void send(size_t client, const std::string& bytes) {
    host_.send(client, bytes);
    model_.set_now(host_.now());
  }

  bool check(const Outcome& expected) {
    std::vector<Delivery> received;
    for (const Received& each : host_.take()) received.push_back(to_delivery(each));
    played_.deliveries += received.size();
    if (expected.is_unsure) return false;
    switch (names_.match(model_, expected, received)) {
      case Matching::Verdict::kUnsure:
        return false;
      case Matching::Verdict::kDisagrees:
        disagree(expected, received);
      case Matching::Verdict::kAgrees:
        break;
    }
    for (const Delivery& each : received) {
      const std::string reply = names_.own_name(each.reply);
      if (reply == each.reply) continue;
      requests_.push_back(each);
      requests_.back().reply = reply;
      ++played_.ways;
    }
    return true;
  }

  [[noreturn]] void disagree(const Outcome& expected, const std::vector<Delivery>& received) {
    std::string text = "\nexpected\n";
    for (const Delivery& each : expected.sure) text += "  " + to_text(each);
    for (const std::vector<Delivery>& group : expected.one_of) {
      text += "  one of\n";
      for (const Delivery& each : group) text += "    " + to_text(each);
    }
    text += "received\n";
    for (const Delivery& each : received) text += "  " + to_text(each);
    fail("everybody hears what is theirs, once", text);
  }

  [[noreturn]] void fail(const std::string& promise, const std::string& seen) {
    const auto number =
        at_ == nullptr ? scenario_.steps.size() : static_cast<size_t>(at_ - scenario_.steps.data());
    throw sim::BrokenPromise("step " + std::to_string(number) + ": " + promise, seen);
  }

  std::string subscription_count() {
    return between(host_.report("/subsz"), "\"num_subscriptions\": ", ',');
  }

  // Nothing stays behind.
  void end() {
    std::vector<size_t> clients;
    for (const Step& step : scenario_.steps) {
      if (step.kind == Step::Kind::kJoin && model_.is_there(step.client)) {
        clients.push_back(step.client);
      }
    }
    for (const size_t client : clients) {
      host_.close(client);
      check(model_.leave(client));
    }
    host_.reload(to_options({}));
    host_.wait(host_.now() + seconds(60));
    const std::string left = subscription_count();
    host_.reload(to_options(scenario_.accounts));
    const std::string again = subscription_count();
    if (again != subscriptions_) fail("no subscription stays behind", again + " after " + left);
  }

  const Scenario& scenario_;
  Host host_;
  Model model_;
  Matching names_;
  Played played_;
  const std::vector<AccountOptions>* reloaded_ = nullptr;
  const Step* at_ = nullptr;
  std::vector<Delivery> requests_;
  size_t last_message_ = 0;
  std::string subscriptions_;
};

}  // namespace

Played play(const Scenario& scenario, uint64_t seed) { return Trial(scenario, seed).run(); }

}  // namespace myelin::exchange
