#include "core/monitor/inquiry.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/jetstream/jetstreams.h"
#include "core/monitor/accounts.h"
#include "core/monitor/healthz.h"
#include "core/monitor/links.h"
#include "core/monitor/of_go.h"
#include "core/monitor/report_text.h"
#include "core/monitor/statistics.h"
#include "core/monitor/varz.h"

namespace myelin {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

constexpr std::string_view kStacks =
    "There are no goroutines: one thread runs one event loop, and keeps no stacks between "
    "events.\n";

bool has_jetstream(const JetStreams& jetstream, std::string_view account) {
  const std::vector<std::string> all = jetstream.accounts();
  return std::find(all.begin(), all.end(), account) != all.end();
}

}  // namespace

Inquiry::Inquiry(const Observed& server, std::string_view path, std::string_view parameters,
                 const HostFacts& host)
    : content_type_(kJson) {
  Parameters asked(parameters);
  if (path == "/metrics") {
    content_type_ = kPrometheus;
    answer_ = std::make_unique<MetricsReport>(host);
  } else if (!ask_for_list(server, path, asked)) {
    answer_at_once(server, path, asked, host);
  }
  if (asked.has_error()) refuse(400, asked.error());
}

bool Inquiry::ask_for_list(const Observed& server, std::string_view path, Parameters& parameters) {
  if (path == "/connz") {
    ConnzOptions options = ConnzOptions::read(parameters);
    if (!parameters.has_error()) {
      answer_ = std::make_unique<ConnzReport>(server, std::move(options));
    }
  } else if (path == "/subsz" || path == "/subscriptionsz") {
    SubszOptions options = SubszOptions::read(parameters);
    if (!parameters.has_error()) {
      answer_ = std::make_unique<SubszReport>(server, std::move(options));
    }
  } else if (path == "/jsz") {
    JszOptions options = JszOptions::read(parameters);
    if (!parameters.has_error()) {
      answer_ = std::make_unique<JszReport>(server, std::move(options));
    }
  } else if (path == "account jetstream") {
    ask_for_jetstream(server, parameters);
  } else if (path == "/accstatz") {
    auto report = std::make_unique<AccstatzReport>(parameters);
    if (!parameters.has_error()) answer_ = std::move(report);
  } else if (path == "subscribers") {
    answer_ = std::make_unique<SubscriberCount>(parameters);
  } else {
    return false;
  }
  return true;
}

void Inquiry::ask_for_jetstream(const Observed& server, Parameters& parameters) {
  JszOptions options = JszOptions::read(parameters);
  options.account_only = true;
  if (server.jetstream == nullptr) {
    parameters.refuse("jetstream not enabled");
  } else if (server.context.accounts->find(options.account) == nullptr) {
    parameters.refuse("account " + go_quote(options.account) + " not found");
  } else if (!has_jetstream(*server.jetstream, options.account)) {
    parameters.refuse("account " + go_quote(options.account) + " not jetstream enabled");
  }
  if (!parameters.has_error()) answer_ = std::make_unique<JszReport>(server, std::move(options));
}

void Inquiry::answer_at_once(const Observed& server, std::string_view path, Parameters& parameters,
                             const HostFacts& host) {
  if (path == "/healthz") {
    Health health = healthz_report(server, parameters);
    status_ = health.status;
    answer_ = std::move(health.text);
  } else if (path == "/varz") {
    answer_ = varz_report(server, host);
  } else if (path == "/accountz") {
    answer_ = accountz_report(server, parameters);
  } else if (path == "/routez") {
    answer_ = routez_report(server, parameters);
  } else if (path == "/gatewayz") {
    answer_ = gatewayz_report(server, parameters);
  } else if (path == "/leafz") {
    answer_ = leafz_report(server, parameters);
  } else if (path == "/ipqueuesz") {
    parameters.boolean("all");
    answer_ = "{}";
  } else if (path == "/raftz") {
    refuse(404, "No Raft nodes registered");
  } else if (path == "/stacksz") {
    content_type_ = kText;
    answer_ = std::string(kStacks);
  } else {
    answer_message(server, path, parameters, host);
  }
}

void Inquiry::answer_message(const Observed& server, std::string_view name, Parameters& parameters,
                             const HostFacts& host) {
  if (name == "statistics") {
    answer_ = statistics_report(server, host);
  } else if (name == "account") {
    answer_ = account_report(server, parameters);
  } else if (name == "profile") {
    answer_ = profile_report(server, parameters);
  } else if (name == "variables") {
    answer_ = variables_report(server, host);
  } else if (name == "raft") {
    answer_ = "{}";  // a server that stands alone has none
  } else {
    refuse(404, "404 page not found\n");
  }
}

void Inquiry::refuse(int status, std::string text) {
  status_ = status;
  content_type_ = kText;
  answer_ = std::move(text);
}

bool Inquiry::next(const Observed& server, std::string& to) {
  if (std::string* whole = std::get_if<std::string>(&answer_)) {
    to += std::exchange(*whole, {});
    return true;
  }
  return std::visit(
      [&server, &to](auto& report) {
        if constexpr (std::is_same_v<std::decay_t<decltype(report)>, std::string>) {
          return true;
        } else {
          return report->next(server, to);
        }
      },
      answer_);
}

}  // namespace myelin
