#include "core/system/events.h"

#include "core/base/rfc3339.h"
#include "core/monitor/account_statistics.h"
#include "core/monitor/report_text.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"

namespace myelin {
namespace {

std::string account_subject(const Account& account, std::string_view event) {
  return "$SYS.ACCOUNT." + account.name() + "." + std::string(event);
}

// As nats-server's ClientInfo; of one that left, how far away it was and until when. Who was not
// let in is shown in the account it asked.
void write_client(JsonWriter& json, const Client& client, const WallTime* stop,
                  std::string_view account = {}) {
  const ClientFacts facts = client.facts();
  json.name("client").begin_object();
  json.field("start", rfc3339(facts.start));
  json.field("host", facts.address);
  json.field("id", facts.id);
  json.field("acc", account.empty() ? facts.account : account);
  write_unless_empty(json, "user", facts.user);
  write_unless_empty(json, "name", facts.name);
  write_unless_empty(json, "lang", facts.lang);
  write_unless_empty(json, "ver", facts.version);
  if (stop != nullptr) {
    if (facts.rtt > Duration::zero()) json.field("rtt", static_cast<int64_t>(facts.rtt.count()));
    json.field("stop", rfc3339(*stop));
  }
  write_unless_empty(json, "jwt", facts.jwt);
  write_unless_empty(json, "issuer_key", facts.issuer_key);
  json.field("name_tag", name_tag(client.account()));
  json.field("kind", "Client");
  json.field("client_type", facts.is_websocket ? "websocket" : "nats");
  json.end_object();
}

bool is_refusal(CloseReason reason) {
  return reason == CloseReason::kAuthenticationFailure || reason == CloseReason::kProxyNotTrusted ||
         reason == CloseReason::kProxyRequired;
}

}  // namespace

bool SystemEvents::is_wanted(std::string_view subject) const {
  Account* const system = context_.accounts->system();
  return system != nullptr && system->has_interest(subject);
}

void SystemEvents::send(std::string_view subject, std::string_view text) {
  context_.accounts->system()->send(context_, {.to = subject, .content = text});
}

void SystemEvents::begin(JsonWriter& json, std::string_view type) {
  json.begin_object();
  json.field("type", "io.nats.server.advisory.v1." + std::string(type));
  json.field("id", context_.random.nuid());
  json.field("timestamp", rfc3339(context_.now.wall));
  json.name("server");
  server_.write(json);
}

void SystemEvents::connected(const Client& client) {
  const std::string subject = account_subject(client.account(), "CONNECT");
  if (!is_wanted(subject)) return;
  std::string text;
  JsonWriter json(text);
  begin(json, "client_connect");
  write_client(json, client, nullptr);
  json.end_object();
  send(subject, text);
}

std::string SystemEvents::disconnect_json(const Client& client, std::string_view account,
                                          std::string_view reason) {
  const ClientFacts facts = client.facts();
  std::string text;
  JsonWriter json(text);
  begin(json, "client_disconnect");
  write_client(json, client, &context_.now.wall, account);
  // As its peer sees it.
  write_messages(json, "sent", facts.in_msgs, facts.in_bytes);
  write_messages(json, "received", facts.out_msgs, facts.out_bytes);
  json.field("reason", reason);
  json.end_object();
  return text;
}

void SystemEvents::disconnected(const Client& client) {
  if (client.refusal() != nullptr) tell_account(client);
  if (is_refusal(client.close_reason())) refused(client);
  const std::string subject = account_subject(client.account(), "DISCONNECT");
  if (is_wanted(subject))
    send(subject, disconnect_json(client, {}, text_of(client.close_reason())));
}

// In the account itself, not the system's: why somebody was not let in.
void SystemEvents::tell_account(const Client& client) {
  static constexpr std::string_view kSubject = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";
  const Refusal& refusal = *client.refusal();
  Account* const account = context_.accounts->find(refusal.account);
  if (context_.accounts->system() == nullptr || account == nullptr) return;
  if (!account->has_interest(kSubject)) return;
  const std::string text = disconnect_json(client, refusal.account, refusal.reason);
  account->send(context_, {.to = kSubject, .content = text});
}

void SystemEvents::refused(const Client& client) {
  const std::string subject = "$SYS.SERVER." + context_.server_id + ".CLIENT.AUTH.ERR";
  if (is_wanted(subject))
    send(subject, disconnect_json(client, {}, text_of(client.close_reason())));
}

std::string SystemEvents::connections_json(const Account& account) {
  std::string text;
  JsonWriter json(text);
  begin(json, "account_connections");
  write_account_statistics(json, account);
  json.end_object();
  return text;
}

// nats-server does not tell of the global account's.
void SystemEvents::connections(Account& account) {
  if (&account == &context_.accounts->global()) return;
  const std::string now = "$SYS.SERVER.ACCOUNT." + account.name() + ".CONNS";
  const std::string before = account_subject(account, "SERVER.CONNS");
  const bool now_is_wanted = is_wanted(now);
  const bool before_is_wanted = is_wanted(before);
  if (!now_is_wanted && !before_is_wanted) return;
  const std::string text = connections_json(account);
  if (now_is_wanted) send(now, text);
  if (before_is_wanted) send(before, text);
}

void SystemEvents::tell_of_server(std::string_view event) {
  const std::string subject = "$SYS.SERVER." + context_.server_id + "." + std::string(event);
  if (!is_wanted(subject)) return;
  std::string text;
  JsonWriter json(text);
  server_.write(json);
  send(subject, text);
}

void SystemEvents::lame_duck() { tell_of_server("LAMEDUCK"); }
void SystemEvents::shut_down() { tell_of_server("SHUTDOWN"); }

}  // namespace myelin
