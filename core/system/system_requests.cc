// The part of System that answers: who is asked for what, by its subject.
#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/limits.h"
#include "core/protocol/headers.h"
#include "core/pubsub/accounts.h"
#include "core/pubsub/client.h"
#include "core/subject/subject.h"
#include "core/system/system.h"

namespace myelin {
namespace {

System& system_of(void* owner) { return *static_cast<System*>(owner); }

// `$SYS.REQ.ACCOUNT.<account>.X`
constexpr size_t kAccountToken = 3;

// The statistics' own times: the first soon after the start, then ever less often.
constexpr Duration kFirstStatistics = milliseconds(250);
constexpr Duration kStatisticsInterval = seconds(10);

// Who asks, where the request came through an import.
std::string account_in_headers(std::string_view headers) {
  const auto header = find_header(headers, "Nats-Request-Info");
  if (!header) return {};
  const auto document = JsonDocument::parse(*header, kJsonDepthMax);
  if (!document) return {};
  for (const char* name : {"svc", "acc"}) {
    if (const auto account = document->root().find(name).as_string()) return std::string(*account);
  }
  return {};
}

void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& entries) {
  if (entries.empty()) return;
  json.name(name).begin_array();
  for (const std::string& entry : entries) json.value(entry);
  json.end_array();
}

void write_permission(JsonWriter& json, std::string_view name,
                      const SubjectPermission& permission) {
  json.name(name).begin_object();
  if (permission.allow) write_list(json, "allow", *permission.allow);
  write_list(json, "deny", permission.deny);
  json.end_object();
}

void write_permissions(JsonWriter& json, const PermissionOptions& permissions) {
  json.name("permissions").begin_object();
  const auto says_something = [](const SubjectPermission& permission) {
    return (permission.allow && !permission.allow->empty()) || !permission.deny.empty();
  };
  if (says_something(permissions.publish)) write_permission(json, "publish", permissions.publish);
  if (says_something(permissions.subscribe)) {
    write_permission(json, "subscribe", permissions.subscribe);
  }
  if (permissions.allow_responses) {
    json.name("responses").begin_object();
    json.field("max", permissions.allow_responses->max_msgs);
    json.field("ttl", static_cast<int64_t>(permissions.allow_responses->expires.count()));
    json.end_object();
  }
  json.end_object();
}

}  // namespace

// The table -----------------------------------------------------------------------------------

void System::serve_requests() {
  const std::string own = "$SYS.REQ.SERVER." + context_.server_id + ".";
  const auto add = [this](std::string subject, Handler handler) {
    serve(std::move(subject), handler, this);
  };
  const Handler on_statistics = [](void* owner, const SystemRequest& request) {
    system_of(owner).statistics(request);
  };
  const Handler on_identify = [](void* owner, const SystemRequest& request) {
    system_of(owner).identify(request);
  };
  add("$SYS.REQ.SERVER.PING", on_statistics);
  for (const std::string& prefix : {std::string("$SYS.REQ.SERVER.PING."), own}) {
    add(prefix + "STATSZ", on_statistics);
    add(prefix + "IDZ", on_identify);
  }
  add(own + "KICK",
      [](void* owner, const SystemRequest& request) { system_of(owner).kick(request); });
  add(own + "LDM",
      [](void* owner, const SystemRequest& request) { system_of(owner).send_lame_duck(request); });
  add(own + "RELOAD",
      [](void* owner, const SystemRequest& request) { system_of(owner).reload(request); });
  add("$SYS.REQ.USER.*.INFO",
      [](void* owner, const SystemRequest& request) { system_of(owner).user_info(request); });
  add("$SYS.REQ.ACCOUNT.*.CONNS",
      [](void* owner, const SystemRequest& request) { system_of(owner).connections_of(request); });
  add("$SYS.REQ.ACCOUNT.NSUBS", [](void* owner, const SystemRequest& request) {
    system_of(owner).count_subscribers_of(request);
  });
  add("$SYS.DEBUG.SUBSCRIBERS", [](void* owner, const SystemRequest& request) {
    system_of(owner).count_subscribers(request);
  });
  serve_reports();
}

// What differs is the row, so that it goes by the subject's last token.
void System::serve_reports() {
  const Handler on_server_report = [](void* owner, const SystemRequest& request) {
    const std::string_view name = request.subject.substr(request.subject.rfind('.') + 1);
    for (const ReportRow& row : server_reports()) {
      if (row.name == name) return system_of(owner).report(request, row, {});
    }
  };
  const Handler on_account_report = [](void* owner, const SystemRequest& request) {
    const std::string_view name = request.subject.substr(request.subject.rfind('.') + 1);
    for (const ReportRow& row : account_reports()) {
      if (row.name == name) {
        return system_of(owner).report(request, row, request.token(kAccountToken));
      }
    }
  };
  for (const ReportRow& row : server_reports()) {
    serve("$SYS.REQ.SERVER.PING." + std::string(row.name), on_server_report, this);
    serve("$SYS.REQ.SERVER." + context_.server_id + "." + std::string(row.name), on_server_report,
          this);
  }
  for (const ReportRow& row : account_reports()) {
    serve("$SYS.REQ.ACCOUNT.*." + std::string(row.name), on_account_report, this);
  }
  serve(
      "$SYS.REQ.ACCOUNT.*.STATZ",
      [](void* owner, const SystemRequest& request) {
        const std::string_view account = request.token(kAccountToken);
        system_of(owner).account_statistics(request, account == "PING" ? "" : account);
      },
      this);
}

// Reports -------------------------------------------------------------------------------------

bool System::is_for_us(const SystemRequest& request, const EventFilter& filter,
                       const std::optional<std::string>& error) {
  if (!error) return filter.matches(context_);
  refuse(request, 400, *error);
  return false;
}

void System::report(const SystemRequest& request, const ReportRow& row, std::string_view account) {
  if (request.reply.empty()) return;
  EventFilter filter;
  Answer answer;
  if (!account.empty()) {
    append_parameter(answer.parameters, "acc", account);
    if (row.path == "/subsz") append_parameter(answer.parameters, "subs", "1");
  }
  const auto error = read_report_request(row, request.body, filter, answer.parameters);
  if (!is_for_us(request, filter, error)) return;
  answer.account = request.account.name();
  answer.to = request.reply;
  answer.encoding = accepted_encoding(request.headers);
  answer.path = row.path;
  put(std::move(answer), row.shows_host);
}

// Where none of the accounts is used there is nothing to say, unless that is what is asked for.
void System::account_statistics(const SystemRequest& request, std::string_view account) {
  if (request.reply.empty()) return;
  const ReportRow& row = account.empty() ? all_statistics_report() : account_statistics_report();
  EventFilter filter;
  std::string parameters;
  const bool is_readable = !read_report_request(row, request.body, filter, parameters);
  Parameters asked(parameters);
  const bool shows_unused = asked.boolean("unused");
  std::vector<std::string> names = asked.texts("acc");
  if (!account.empty()) names.emplace_back(account);
  const auto is_used = [this](const std::string& name) {
    const Account* found = context_.accounts->find(name);
    return found != nullptr && found->connections() > 0;
  };
  if (is_readable && !shows_unused && !names.empty() &&
      std::none_of(names.begin(), names.end(), is_used)) {
    return;
  }
  report(request, row, account);
}

void System::identify(const SystemRequest& request) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("name", context_.server_name);
  json.field("host", context_.options.host);
  json.field("id", context_.server_id);
  json.end_object();
  reply(request, text);
}

// Statistics ----------------------------------------------------------------------------------

// Without a reply they go to everybody.
void System::statistics(const SystemRequest& request) {
  EventFilter filter;
  const auto error = read_request(request.body, "StatszEventOptions", filter);
  if (!is_for_us(request, filter, error)) return;
  if (request.reply.empty()) return tell_statistics();
  put({.account = request.account.name(),
       .to = std::string(request.reply),
       .path = kStatisticsReport},
      true);
}

void System::tell_statistics() {
  if (account_ == nullptr || !account_->has_interest(statistics_subject())) return;
  put({.account = account_->name(), .to = statistics_subject(), .path = kStatisticsReport}, true);
  set_statistics_timer();
}

// Nobody listens, most of the time: then no time is spent on it. Somebody may once there is a new
// subscription.
void System::follow_statistics(const Observed& server) {
  start_ = server.start.mono;
  if (account_ == nullptr) return;
  const uint64_t subscriptions = account_->sublist().counters().inserts;
  if (std::exchange(subscriptions_seen_, subscriptions) == subscriptions) return;
  if (!statistics_timer_.is_set() && account_->has_interest(statistics_subject())) {
    set_statistics_timer();
  }
}

void System::set_statistics_timer() {
  const Instant now = context_.now.mono;
  Duration interval = kFirstStatistics;
  Instant next = start_ + interval;
  while (next <= now && interval < kStatisticsInterval) {
    interval = std::min(interval * 2, kStatisticsInterval);
    next = next + interval;
  }
  if (next <= now) next = next + ((now - next) / interval + 1) * interval;
  context_.timers.set(statistics_timer_, next);
}

// Accounts and users --------------------------------------------------------------------------

void System::user_info(const SystemRequest& request) {
  if (request.reply.empty()) return;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  const Client* const client = context_.find(request.client);
  if (client == nullptr) {
    json.field("user", "");
    json.field("account", "");
  } else {
    const ClientFacts facts = client->facts();
    json.field("user", facts.user);
    json.field("account", facts.account);
    json.field("account_name", name_tag(client->account()));
    if (!facts.user_name.empty()) json.field("user_name", facts.user_name);
    if (const auto permissions = client->permission_options()) {
      write_permissions(json, *permissions);
    }
    if (facts.expires != WallTime{}) {
      const int64_t left = facts.expires.unix_ns - context_.now.wall.unix_ns;
      json.field("expires", left / kNsPerSecond * kNsPerSecond);
    }
  }
  json.end_object();
  answer(request, text);
}

// The odd one: not a report, but the event.
void System::connections_of(const SystemRequest& request) {
  const std::string_view name = request.token(kAccountToken);
  std::string asked(name);
  EventFilter filter;
  const auto error =
      read_request(request.body, "accNumConnsReq", filter, [&asked](JsonFields& fields) {
        fields.set_path("");
        fields.read("acc", asked);
      });
  if (error) {
    return context_.log.write(LogLevel::kError,
                              "Error unmarshalling account connections request message: " + *error);
  }
  if (asked != name) {
    return context_.log.write(LogLevel::kError,
                              "Error unmarshalled account does not match subject");
  }
  const Account* const account = context_.accounts->find(name);
  if (account == nullptr || account->connections() == 0) return;
  reply(request, events_.connections_json(*account));
}

// The subject, and a queue group behind a blank.
void System::count_subscribers(const SystemRequest& request) {
  std::string account = account_in_headers(request.headers);
  if (account.empty()) account = request.account.name();
  const std::string_view body = trimmed(request.body, kWhitespace);
  const size_t blank = body.find(' ');
  Answer answer{.account = request.account.name(),
                .to = std::string(request.reply),
                .is_bare = true,
                .path = "subscribers"};
  append_parameter(answer.parameters, "acc", account);
  append_parameter(answer.parameters, "subject", body.substr(0, blank));
  if (blank != std::string_view::npos) {
    const std::string_view rest = body.substr(blank + 1);
    append_parameter(answer.parameters, "queue", rest.substr(0, rest.find(' ')));
  }
  if (!answer.to.empty()) put(std::move(answer), false);
}

void System::count_subscribers_of(const SystemRequest& request) {
  if (request.body.empty()) {
    return context_.log.write(LogLevel::kError, "request requires a body");
  }
  std::string name;
  std::string subject;
  std::string queue;
  EventFilter filter;
  const auto error = read_request(request.body, "accNumSubsReq", filter, [&](JsonFields& fields) {
    fields.set_path("");
    fields.read("acc", name);
    fields.read("subject", subject);
    fields.read("queue", queue);
  });
  if (error) {
    return context_.log.write(LogLevel::kError,
                              "Error unmarshalling account nsubs request message: " + *error);
  }
  const Account* const account = context_.accounts->find(name);
  if (account == nullptr || account->connections() == 0 || request.reply.empty()) return;
  Answer answer{.account = request.account.name(),
                .to = std::string(request.reply),
                .is_bare = true,
                .path = "subscribers"};
  append_parameter(answer.parameters, "acc", name);
  append_parameter(answer.parameters, "subject", subject);
  if (!queue.empty()) append_parameter(answer.parameters, "queue", queue);
  put(std::move(answer), false);
}

// What is done ----------------------------------------------------------------------------------

bool System::read_client(const SystemRequest& request, std::string_view type, uint64_t& client) {
  EventFilter none;
  auto error = read_request(request.body, type, none, [&client](JsonFields& fields) {
    fields.set_path("");
    fields.read("cid", client);
  });
  if (request.body.empty()) error = "unexpected end of JSON input";
  if (error) {
    context_.log.write(LogLevel::kError, "Error unmarshalling kick client request: " + *error);
    return false;
  }
  if (request.reply.empty()) return false;
  EventFilter filter;
  const auto filter_error = read_request(request.body, "EventFilterOptions", filter);
  return is_for_us(request, filter, filter_error);
}

void System::kick(const SystemRequest& request) {
  uint64_t id = 0;
  if (!read_client(request, "KickClientReq", id)) return;
  Client* const client = context_.find(id);
  if (client == nullptr || client->is_closing()) {
    return refuse(request, 500, "no such client or leafnode id");
  }
  answer(request, {});
  client->close(CloseReason::kKicked);
}

void System::send_lame_duck(const SystemRequest& request) {
  uint64_t id = 0;
  if (!read_client(request, "LDMClientReq", id)) return;
  Client* const client = context_.find(id);
  if (client == nullptr || client->is_closing()) {
    return refuse(request, 500, "no such client id");
  }
  if (!client->announce_lame_duck()) {
    return refuse(request, 500,
                  "client does not support Lame Duck Mode or is not ready to receive the "
                  "notification");
  }
  answer(request, {});
}

void System::reload(const SystemRequest& request) {
  if (request.reply.empty()) return;
  EventFilter filter;
  const auto error = read_request(request.body, "EventFilterOptions", filter);
  if (!is_for_us(request, filter, error)) return;
  if (reloading_.size() >= kSystemReloadsMax) {
    return refuse(request, 500, "too many reloads are asked for");
  }
  reloading_.push_back({request.account.name(), std::string(request.reply)});
  if (reloading_.size() == 1) wants_reload_ = true;
}

}  // namespace myelin
