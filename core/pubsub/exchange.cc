#include "core/pubsub/exchange.h"

#include <utility>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/limits.h"
#include "core/protocol/headers.h"
#include "core/pubsub/account.h"
#include "core/pubsub/client.h"
#include "core/pubsub/message_trace.h"
#include "core/pubsub/owner_kind.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr uint8_t kRequestMail = kExchangeKinds;
constexpr uint8_t kAnswerMail = kExchangeKinds + 1;
constexpr uint8_t kResponseTimer = kExchangeKinds;

constexpr std::string_view kRequestInfo = "Nats-Request-Info";
constexpr size_t kServerHashSize = 8;

// An acknowledgement goes to the server that knows the consumer, on the subject that says which.
bool is_acknowledgement(std::string_view reply) { return reply.substr(0, 8) == "$JS.ACK."; }

// Of every client's subscriptions in an account and the server's own, the oldest of each first.
template <class Visit>
void each_subscription(Account& account, Visit visit) {
  for (Client* client = account.first_client(); client != nullptr;
       client = client->membership().next) {
    for (Subscription* each = client->subscriptions().first(); each != nullptr;
         each = SubscriptionTable::next(*each)) {
      visit(*each);
    }
  }
  for (const auto& [number, each] : account.internals()) visit(*each);
}

}  // namespace

std::string ServiceImport::theirs(std::string_view ours) const {
  if (plan->names) return plan->names->to_theirs(ours);
  return plan->keeps_subject ? std::string(ours) : plan->options->subject;
}

// Of the server's own takers only streams hear what is imported: who does what he is asked would
// else be asked by another account.
void Sharing::subscribed(Subscription& subscription) {
  const InternalTaker* taker = subscription.taker();
  if (taker != nullptr && taker->kind != kStreamKind) return;
  if (!streams.empty()) streams.shadow(subscription);
}

void Sharing::unsubscribed(Subscription& subscription) {
  streams.unshadow(subscription);
  if (!awaited.empty()) exchange_.interest_lost(account_, subscription.subject());
}

Exchange::Exchange(Context& context, Accounts& accounts, ExchangePlan::Activated activated)
    : context_(context),
      accounts_(accounts),
      plan_(accounts.system() != nullptr, std::move(activated)),
      tracking_suffix_("." + context.random.base62(kServerHashSize) + ".T") {
  apply();
}

Exchange::~Exchange() {
  for (const auto& [name, account] : accounts_.all()) forget(*account);
  for (const std::unique_ptr<Account>& account : accounts_.retired()) forget(*account);
}

// Who imports what ----------------------------------------------------------------------------

void Exchange::apply() {
  is_rewiring_ = true;
  plan_.set_system_account(accounts_.system() != nullptr);
  for (const auto& [name, account] : accounts_.all()) unwire(*account);
  for (const std::unique_ptr<Account>& account : accounts_.retired()) forget(*account);
  for (const auto& [name, account] : accounts_.all()) plan_.set(account->options());
  for (const auto& [name, account] : accounts_.all()) plan_.plan(name);
  log_faults();
  for (const auto& [name, account] : accounts_.all()) wire(*account);
  end_rewiring();
}

void Exchange::apply(Account& account) {
  std::vector<Account*> affected{&account};
  for (const std::string& name : plan_.importers_of(account.name())) {
    Account* const importer = accounts_.find(name);
    if (importer != nullptr && importer != &account) affected.push_back(importer);
  }
  is_rewiring_ = true;
  for (Account* each : affected) unwire(*each);
  plan_.set(account.options());
  for (Account* each : affected) plan_.plan(each->name());
  log_faults();
  for (Account* each : affected) wire(*each);
  end_rewiring();
}

void Exchange::end_rewiring() {
  is_rewiring_ = false;
  for (const Loss& each : std::exchange(losses_, {})) interest_lost(*each.account, each.subject);
}

void Exchange::forget(Account& account) {
  unwire(account);
  std::erase_if(events_, [&account](const Event& event) { return event.account == &account; });
  plan_.forget(account.name());
  Sharing* sharing = account.sharing();
  if (sharing == nullptr) return;
  while (!sharing->awaited.empty()) close(**sharing->awaited.begin(), End::kForgotten);
  if (sharing->responses) {
    while (Response* response = sharing->responses->oldest()) close(*response, End::kForgotten);
    sharing->responses.reset();
  }
}

Sharing& Exchange::sharing_of(Account& account) {
  if (account.sharing() == nullptr) account.share(std::make_unique<Sharing>(*this, account));
  return *account.sharing();
}

void Exchange::unwire(Account& account) {
  Sharing* sharing = account.sharing();
  if (sharing == nullptr) return;
  sharing->streams.clear();
  for (const std::unique_ptr<ServiceImport>& service : sharing->services) {
    context_.mailbox.forget(service->taker);
    account.unsubscribe(*service->subscription);
  }
  sharing->services.clear();
}

void Exchange::wire(Account& account) {
  const ExchangePlan::Party* party = plan_.find(account.name());
  if (party == nullptr || party->imports.empty()) return;
  Sharing& sharing = sharing_of(account);
  for (const ExchangePlan::Import& import : party->imports) {
    Account* exporter = accounts_.find(import.options->account);
    if (exporter == nullptr) continue;
    if (import.options->is_service) {
      add_service(account, *exporter, import);
    } else {
      sharing.streams.add(account, *exporter, import);
    }
  }
  if (sharing.streams.empty()) return;
  each_subscription(account, [&sharing](Subscription& each) { sharing.subscribed(each); });
}

void Exchange::add_service(Account& importer, Account& exporter, const ExchangePlan::Import& plan) {
  auto service = std::make_unique<ServiceImport>();
  service->taker = {.kind = kRequestMail, .owner = service.get(), .decides_later = true};
  service->importer = &importer;
  service->exporter = &exporter;
  service->plan = &plan;
  service->granted =
      ExchangePlan::find_export(plan_.find(exporter.name())->services, plan.options->subject);
  service->subscription = Subscription::create(service->taker, plan.ours);
  if (!importer.subscribe(*service->subscription)) return;
  importer.sharing()->services.push_back(std::move(service));
}

void Exchange::log_faults() {
  // A configuration was checked; claims are whatever their account makes of them.
  const bool is_claimed = context_.options.operators.has_value();
  for (const ExchangePlan::Fault& fault : plan_.take_faults()) {
    if (is_claimed && !context_.options.debug) continue;
    context_.log.write(is_claimed ? LogLevel::kDebug : LogLevel::kError,
                       "Account [" + std::string(fault.account) + "]: " + fault.text);
  }
}

// Requests ------------------------------------------------------------------------------------

void Exchange::take(const Mail& mail) {
  if (mail.taker->kind == kRequestMail) {
    ask(*static_cast<ServiceImport*>(mail.taker->owner), mail);
  } else {
    answer(*static_cast<Responses*>(mail.taker->owner), mail);
  }
}

// Nothing if it has come over the same export before: a circle that mappings made. Or where it was
// handed on too often.
Passage* Exchange::begin(const Mail& mail, uint64_t exported) {
  for (const Passage* each = mail.passage; each != nullptr; each = each->previous) {
    if (each->exported == exported) return nullptr;
  }
  Passage* const first = mail.passage == nullptr ? nullptr : mail.passage->first;
  if (first != nullptr && (++first->count > kPassagesMax || held_ > kPassageBytesMax)) {
    return nullptr;
  }
  Passage& passage = passages_.emplace_back();
  passage.previous = mail.passage;
  passage.first = first == nullptr ? &passage : first;
  passage.exported = exported;
  passage.client = mail.client;
  return &passage;
}

void Exchange::ask(ServiceImport& import, const Mail& mail) {
  Passage* const passage = begin(mail, import.granted->number);
  if (passage == nullptr || context_.is_short_of_memory) return;
  Account& exporter = *import.exporter;
  const bool to_system = &exporter == accounts_.system();
  const Passage* const previous = passage->previous;
  passage->share = import.plan->options->share;
  if (previous == nullptr) {
    passage->is_detailed = passage->names_server = passage->share;
    if (to_system) passage->names_server = true;
  } else {
    passage->is_detailed = previous->is_detailed;
    passage->names_server =
        previous->names_server || (!previous->share && (passage->share || to_system));
  }

  std::unique_ptr<Measurement> measurement = measure(import, mail);
  if (is_acknowledgement(mail.reply)) {
    passage->reply = mail.reply;
  } else if (!mail.reply.empty()) {
    passage->response = &open({.responder = &exporter,
                               .requestor = import.importer,
                               .reply = mail.reply,
                               .exported = import.granted->number,
                               .type = import.granted->response_type,
                               .threshold = import.granted->response_threshold,
                               .share = passage->share},
                              std::move(measurement));
    passage->reply = passage->response->subject;
  } else if (measurement) {
    const std::string event = latency_event(*measurement, LatencyStatus::kBadRequest, context_.now,
                                            context_.random.nuid());
    exporter.send(context_, {.to = measurement->subject, .content = event});
  }

  passage->subject = exporter.map(import.theirs(mail.to), context_.random);
  passage->content =
      block_with_header(mail.headers(), kRequestInfo, request_info(*passage, import));
  if (mail.trace != nullptr && !trace(*passage, import, mail)) return;
  const size_t header_size = passage->content.size();
  passage->content += mail.payload();
  const size_t mails = context_.mailbox.size();
  publish(exporter, *passage, passage->content, header_size);
  if (context_.mailbox.size() == mails) {
    passage->content = std::string();
  } else {
    held_ += passage->content.size();
  }
  // Nobody was asked who could answer.
  Response* const response = passage->response;
  const bool is_only_traced = mail.trace != nullptr && mail.trace->is_only();
  if (is_only_traced && response != nullptr && !response->is_over) {
    close(*response, End::kForgotten);
  }
}

// A trace goes on in the exporting account where its export allows it. False: so does nothing else.
bool Exchange::trace(Passage& passage, const ServiceImport& import, const Mail& mail) {
  mail.trace->imported(import.exporter->name(), mail.subject, passage.subject, context_.now.wall);
  const bool is_allowed = import.granted->allow_trace;
  if (is_allowed) passage.trace = mail.trace;
  if (mail.trace->is_only()) return is_allowed;
  passage.content = block_with_header(passage.content, kTraceDestination, kTraceDisabled);
  return true;
}

void Exchange::publish(Account& to, Passage& passage, std::string_view content,
                       size_t header_size) {
  char size_digits[kDecimalSizeMax];
  char header_digits[kDecimalSizeMax];
  const auto text_of = [](char* digits, size_t number) {
    return std::string_view(digits, static_cast<size_t>(write_decimal(digits, number) - digits));
  };
  Message message{.subject = passage.shown.empty() ? passage.subject : passage.shown,
                  .reply = passage.reply,
                  .content = content,
                  .header_size = static_cast<uint32_t>(header_size),
                  .size_text = text_of(size_digits, content.size()),
                  .publisher = context_.find(passage.client),
                  .passage = &passage,
                  .trace = passage.trace};
  if (header_size > 0) message.header_size_text = text_of(header_digits, header_size);
  passage.was_taken = to.publish_to(context_, passage.subject, message) > 0;
}

// Who asks, as ClientInfo: only the account and the round trip unless the importer shares more. On
// its way through several accounts the last of them is the service it comes from.
std::string Exchange::request_info(const Passage& passage, const ServiceImport& import) const {
  const Client* client = context_.find(passage.client);
  const std::string& through = import.importer->name();
  const std::string_view service = passage.previous == nullptr ? std::string_view() : through;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (client != nullptr && passage.is_detailed) {
    client->write_info(json, service, client->shown_jwt());
  } else {
    json.field("acc", client == nullptr ? through : client->account().name());
    if (!service.empty()) json.field("svc", service);
    if (client != nullptr && client->rtt() > Duration::zero()) {
      json.field("rtt", int64_t{client->rtt().count()});
    }
    if (passage.names_server) json.field("server", context_.server_name);
  }
  json.end_object();
  return text;
}

std::unique_ptr<Measurement> Exchange::measure(const ServiceImport& import,
                                               const Mail& mail) const {
  const LatencyOptions* latency = import.granted->latency;
  // Differs: what the server itself says is not measured. It may be such a measurement, which would
  // have another one told, and so on.
  if (latency == nullptr || mail.client == 0) return nullptr;
  std::optional<EventHeader> header = sampled(*latency, mail.headers(), context_.random);
  if (!header) return nullptr;
  auto measurement = std::make_unique<Measurement>();
  measurement->subject = latency->subject;
  measurement->header = std::move(*header);
  measurement->asked = context_.now;
  Passage who;
  who.client = mail.client;
  who.is_detailed = who.names_server = import.plan->options->share;
  measurement->requestor = request_info(who, import);
  const Client* client = context_.find(mail.client);
  if (client != nullptr) measurement->requestor_rtt = client->rtt();
  return measurement;
}

// Answers -------------------------------------------------------------------------------------

void Exchange::answer(Responses& responses, const Mail& mail) {
  Response* const response = responses.find(mail.to);
  if (response == nullptr) return;
  Passage* const passage = begin(mail, response->exported);
  if (passage == nullptr) return;
  passage->response = response;
  Account& requestor = *response->requestor;
  if (is_acknowledgement(mail.reply)) {
    passage->reply = mail.reply;
  } else if (!mail.reply.empty() && !context_.is_short_of_memory) {
    passage->reply = open({.responder = &requestor,
                           .requestor = response->responder,
                           .reply = mail.reply,
                           .exported = response->exported,
                           .type = response->type,
                           .threshold = response->threshold,
                           .share = response->share},
                          nullptr)
                         .subject;
  }
  if (response->measurement) publish_latency(*response, LatencyStatus::kAnswered, mail.client);
  passage->subject = requestor.map(response->to, context_.random);
  // What a consumer delivers shows the subject that it was stored under.
  if (mail.subject != mail.to) passage->shown = mail.subject;
  const bool is_last = response->type == ResponseType::kSingleton || mail.content.empty();
  publish(requestor, *passage, mail.content, mail.header_size);
  if (is_last && !response->is_over) close(*response, End::kAnswered);
}

Response& Exchange::open(const Wanted& wanted, std::unique_ptr<Measurement> measurement) {
  Sharing& answers = sharing_of(*wanted.responder);
  if (!answers.responses) {
    answers.responses =
        std::make_unique<Responses>(*wanted.responder, kAnswerMail, context_.random);
  }
  if (answers.responses->size() >= kResponsesMax) {
    close(*answers.responses->oldest(), End::kTimeout);
  }
  auto made = std::make_unique<Response>(kResponseTimer);
  made->to = wanted.reply;
  made->responder = wanted.responder;
  made->requestor = wanted.requestor;
  made->exported = wanted.exported;
  made->number = ++last_response_;
  made->type = wanted.type;
  made->threshold = wanted.threshold;
  made->share = wanted.share;
  const std::string_view suffix = measurement ? std::string_view(tracking_suffix_) : "";
  made->measurement = std::move(measurement);
  Response& response = answers.responses->add(std::move(made), context_.random, suffix);
  sharing_of(*wanted.requestor).awaited.insert(&response);
  touch(response);
  return response;
}

void Exchange::touch(Response& response) {
  context_.timers.set(response.timer, context_.now.mono + response.threshold);
}

void Exchange::on_timer(const Timer& timer) {
  close(*static_cast<Response*>(timer.owner()), End::kTimeout);
}

void Exchange::close(Response& response, End end) {
  response.is_over = true;
  response.timer.cancel();
  response.requestor->sharing()->awaited.erase(&response);
  over_.push_back(response.responder->sharing()->responses->remove(response));
  if (response.measurement) {
    if (end == End::kNotDelivered) publish_latency(response, LatencyStatus::kServiceUnavailable);
    if (end == End::kTimeout) publish_latency(response, LatencyStatus::kServiceTimeout);
    if (end == End::kInterestLost) publish_latency(response, LatencyStatus::kRequestTimeout);
  }
  if (passages_.empty()) over_.clear();
}

void Exchange::publish_latency(Response& response, LatencyStatus status, uint64_t responder) {
  const std::unique_ptr<Measurement> measurement = std::move(response.measurement);
  std::string info;
  Duration rtt{};
  if (const Client* client = context_.find(responder)) {
    JsonWriter json(info);
    json.begin_object();
    client->write_info(json, {}, client->shown_jwt());
    json.end_object();
    rtt = client->rtt();
  }
  std::string event =
      latency_event(*measurement, status, context_.now, context_.random.nuid(), info, rtt);
  events_.push_back({response.responder, measurement->subject, std::move(event)});
}

void Exchange::tell_events() {
  while (!events_.empty()) {
    const Event event = std::move(events_.front());
    events_.pop_front();
    event.account->send(context_, {.to = event.subject, .content = event.text});
  }
}

void Exchange::interest_lost(Account& account, std::string_view subject) {
  if (subject.substr(0, 4) == "_R_.") return;
  if (is_rewiring_) {
    losses_.push_back({.account = &account, .subject = std::string(subject)});
    return;
  }
  size_t literal = 0;  // how much of it stands before the first wildcard
  for (size_t at = 0; at <= subject.size(); at = token_end(subject, at) + 1) {
    const std::string_view token = subject.substr(at, token_end(subject, at) - at);
    if (is_single_wildcard(token) || is_full_wildcard(token)) break;
    literal = at + token.size();
  }
  const std::string_view prefix = subject.substr(0, literal);
  std::vector<Response*> lost;
  const Awaited& awaited = account.sharing()->awaited;
  for (auto each = awaited.lower_bound(prefix);
       each != awaited.end() && (*each)->to.compare(0, prefix.size(), prefix) == 0; ++each) {
    if (matches(subject, (*each)->to) && !account.sublist().has_interest((*each)->to)) {
      lost.push_back(*each);
    }
  }
  for (Response* response : lost) close(*response, End::kInterestLost);
}

// Ends ----------------------------------------------------------------------------------------

void Exchange::conclude() {
  // Whoever was handed something on comes after who handed it on.
  for (size_t index = passages_.size(); index-- > 0;) {
    Passage& passage = passages_[index];
    Response* const response = passage.response;
    if (passage.was_taken) {
      if (passage.previous != nullptr) {
        passage.previous->was_taken = true;
      } else {
        taken_for_ = passage.client;
      }
    }
    if (response == nullptr || response->is_over) continue;
    if (!passage.was_taken) {
      close(*response, End::kNotDelivered);
    } else if (response->type != ResponseType::kSingleton) {
      touch(*response);
    }
  }
  passages_.clear();
  held_ = 0;
  over_.clear();
  tell_requestor(std::exchange(taken_for_, 0));
  tell_events();
}

// Whoever asked, unless his message was taken.
void Exchange::tell_requestor(uint64_t taken_for) {
  Unanswered& unanswered = context_.unanswered;
  if (unanswered.client == 0) return;
  Client* client = context_.find(unanswered.client);
  if (client != nullptr && taken_for != unanswered.client) {
    client->send_no_responders(unanswered.subject, unanswered.reply);
  }
  unanswered.client = 0;
}

}  // namespace myelin
