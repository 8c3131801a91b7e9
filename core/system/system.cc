#include "core/system/system.h"

#include <array>
#include <utility>

#include "core/base/json.h"
#include "core/limits.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"

namespace myelin {
namespace {

// How many answers one turn writes at most, and how much text.
constexpr size_t kAnswersPerTurn = 16;

}  // namespace

std::string_view SystemRequest::token(size_t index) const {
  std::string_view rest = subject;
  for (; index > 0; --index) {
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return {};
    rest.remove_prefix(dot + 1);
  }
  return rest.substr(0, rest.find('.'));
}

struct System::Service {
  std::string subject;
  Handler handler;
  void* owner;
  InternalTaker taker;
  Subscription::Owner subscription;
};

System::System(Context& context) : context_(context), server_(context), events_(context, server_) {
  serve_requests();
  apply();
}

System::~System() {
  leave_account();
  for (const auto& [name, services] : opened_) services->close(context_.mailbox);
}

// Where it listens ----------------------------------------------------------------------------

void System::apply() {
  Account* const system = context_.accounts->system();
  if (system != account_) {
    leave_account();
    account_ = system;
    subscriptions_seen_ = 0;
    if (account_ != nullptr) {
      for (Service& service : services_) subscribe(service, *account_);
    }
  }
  apply_accounts();
}

// Everybody is in the global account who is nowhere else, some before they say anything.
void System::apply_accounts() {
  const Accounts& accounts = *context_.accounts;
  std::erase_if(opened_, [this, &accounts](const auto& opened) {
    const bool stays =
        account_ != nullptr && accounts.find(opened.first) == &opened.second->account();
    if (!stays) opened.second->close(context_.mailbox);
    return !stays;
  });
  if (account_ == nullptr) return;
  for (const auto& [name, services] : opened_) services->apply(*account_);
  open_account(accounts.global());
  for (const auto& [name, account] : accounts.all()) {
    if (account->connections() > 0) open_account(*account);
  }
}

void System::open_account(Account& account) {
  if (account_ == nullptr) return;
  std::unique_ptr<AccountServices>& services = opened_[account.name()];
  if (services) return;
  services = std::make_unique<AccountServices>(account, kAccountServiceKind);
  services->apply(*account_);
}

void System::subscribe(Service& service, Account& account) {
  service.subscription = Subscription::create(service.taker, service.subject);
  account.subscribe(*service.subscription);
}

void System::leave_account() {
  if (account_ == nullptr) return;
  statistics_timer_.cancel();
  for (Service& service : services_) {
    account_->unsubscribe(*service.subscription);
    context_.mailbox.forget(service.taker);
    service.subscription.reset();
  }
  account_ = nullptr;
}

void System::serve(std::string subject, Handler handler, void* owner) {
  Service& service = services_.emplace_back();
  service.subject = std::move(subject);
  service.handler = handler;
  service.owner = owner;
  service.taker.kind = kServiceKind;
  service.taker.owner = &service;
  if (account_ != nullptr) subscribe(service, *account_);
}

// Requests ------------------------------------------------------------------------------------

SystemRequest System::request_of(Account& account, const Mail& mail) {
  return {.account = account,
          .subject = mail.to,
          .reply = mail.reply,
          .headers = mail.headers(),
          .body = mail.payload(),
          .client = mail.client};
}

void System::take(const Mail& mail) {
  if (mail.taker->kind == kServiceKind) {
    const Service& service = *static_cast<const Service*>(mail.taker->owner);
    return service.handler(service.owner, request_of(*account_, mail));
  }
  const AccountServices::Service& service =
      *static_cast<const AccountServices::Service*>(mail.taker->owner);
  const SystemRequest request = request_of(service.services->account(), mail);
  switch (service.what) {
    case AccountServices::What::kConnections:
      return report(request, account_connections_report(), request.account.name());
    case AccountServices::What::kStatistics:
      return account_statistics(request, request.account.name());
    case AccountServices::What::kUser:
      return user_info(request);
  }
}

void System::came(const Client& client) {
  if (account_ == nullptr) return;
  open_account(client.account());
  events_.connections(client.account());
  events_.connected(client);
  if (!connections_timer_.is_set()) {
    context_.timers.set(connections_timer_, context_.now.mono + kConnectionsInterval);
  }
}

void System::left(const Client& client) {
  if (account_ == nullptr) return;
  events_.connections(client.account());
  events_.disconnected(client);
}

void System::on_timer(const Timer& timer) {
  if (timer.kind() == kStatisticsKind) {
    tell_statistics();
  } else {
    tell_connections();
  }
}

// An account at a time, some each turn: there may be many.
void System::tell_connections() {
  const Accounts::ByName& all = context_.accounts->all();
  size_t steps = 0;
  for (auto at = all.upper_bound(told_of_); at != all.end(); ++at) {
    if (++steps > kReportSliceSteps) {
      return context_.timers.set(connections_timer_, context_.now.mono + milliseconds(1));
    }
    told_of_ = at->first;
    if (at->second->connections() > 0) events_.connections(*at->second);
  }
  told_of_.clear();
  context_.timers.set(connections_timer_, context_.now.mono + kConnectionsInterval);
}

// Answers -------------------------------------------------------------------------------------

void System::send(std::string_view account, std::string_view to, const Encoded& what) {
  if (to.empty()) return;
  if (Account* const found = context_.accounts->find(account)) {
    found->send(context_, {.to = to, .content = what.content, .header_size = what.header_size});
  }
}

void System::reply(const SystemRequest& request, std::string_view text) {
  if (request.reply.empty()) return;
  request.account.send(context_, {.to = request.reply, .content = text});
}

void System::answer(const SystemRequest& request, std::string_view data) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("server");
  server_.write(json);
  if (!data.empty()) json.name("data").raw(data);
  json.end_object();
  reply(request, text);
}

std::string System::error_text(int code, std::string_view description, bool has_data) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("server");
  server_.write(json);
  if (has_data) json.name("data").raw("null");
  json.name("error").begin_object();
  json.field("code", code);
  json.field("description", description);
  json.end_object();
  json.end_object();
  return text;
}

void System::refuse(const SystemRequest& request, int code, std::string_view description) {
  reply(request, error_text(code, description, false));
}

void System::answer_error(const SystemRequest& request, std::string_view error) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("server");
  server_.write(json);
  json.name("error").raw(error);
  json.end_object();
  reply(request, text);
}

void System::put(Answer answer, bool shows_host) {
  if (answers_.size() + waiting_.size() >= kSystemAnswersMax) {
    context_.log.write(LogLevel::kWarning, "System request dropped: too many wait for an answer");
    return;
  }
  if (!shows_host) {
    answers_.push_back(std::move(answer));
    return;
  }
  waiting_.push_back(std::move(answer));
  if (!has_asked_host_) wants_host_ = true;
}

bool System::take_wish_for_host_facts() {
  if (!std::exchange(wants_host_, false)) return false;
  has_asked_host_ = true;
  return true;
}

void System::host_observed(const HostFacts& facts) {
  host_ = facts;
  has_asked_host_ = false;
  for (Answer& answer : waiting_) answers_.push_back(std::move(answer));
  waiting_.clear();
}

bool System::take_wish_for_reload() { return std::exchange(wants_reload_, false); }

// A request that came while another one was worked off wants one of its own.
void System::reload_done(std::string_view error) {
  if (reloading_.empty()) return;
  const Asker asker = std::move(reloading_.front());
  reloading_.pop_front();
  wants_reload_ = !reloading_.empty();
  Account* const account = context_.accounts->find(asker.account);
  if (account == nullptr) return;
  const SystemRequest request{.account = *account, .reply = asker.reply};
  if (error.empty()) {
    answer(request, {});
  } else {
    refuse(request, 500, error);
  }
}

void System::settle(const Observed& server) {
  follow_statistics(server);
  size_t size = 0;
  for (size_t count = 0; count < kAnswersPerTurn && !answers_.empty(); ++count) {
    if (size >= kReportSliceSize) return;
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    const size_t before = answer.text.size();
    const bool is_done = write(answer, server);
    size += answer.text.size() - before;
    if (is_done) {
      send(answer.account, answer.to, encoded(answer.text, answer.encoding));
    } else {
      answers_.push_back(std::move(answer));
    }
  }
}

// True once it is whole.
bool System::write(Answer& answer, const Observed& server) {
  if (!answer.inquiry) {
    answer.inquiry = std::make_unique<Inquiry>(server, answer.path, answer.parameters, host_);
    if (answer.inquiry->status() == 200 || answer.path == "/healthz") begin(answer);
  }
  const bool is_done = answer.inquiry->next(server, answer.text);
  if (!is_done) return false;
  if (answer.has_envelope) {
    answer.text += '}';
  } else if (answer.inquiry->status() != 200) {
    answer.text = error_text(500, answer.text, true);
    answer.encoding = Encoding::kNone;
  }
  return true;
}

void System::begin(Answer& answer) {
  if (answer.is_bare) return;
  answer.has_envelope = true;
  JsonWriter json(answer.text);
  json.begin_object();
  json.name("server");
  server_.write(json);
  json.name(answer.path == kStatisticsReport ? "statsz" : "data");
}

}  // namespace myelin
