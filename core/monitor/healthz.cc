#include "core/monitor/healthz.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/jetstream/config_json.h"
#include "core/jetstream/jetstreams.h"

namespace myelin {
namespace {

struct Question {
  bool wants_server_only = false;   // nothing of JetStream's
  bool wants_enabled_only = false;  // not what it keeps
  bool uses_old_name = false;       // for the same
  std::string account;
  std::string stream;
  std::string consumer;
  bool details = false;
};

struct Ailment {
  int status = 503;
  std::string_view type;
  std::string text;
  std::string_view account = {};
  std::string_view stream = {};
  std::string_view consumer = {};
};

Question read_question(Parameters& parameters) {
  Question question;
  question.uses_old_name = parameters.boolean("js-enabled");
  question.wants_enabled_only = parameters.boolean("js-enabled-only") || question.uses_old_name;
  question.wants_server_only = parameters.boolean("js-server-only");
  parameters.boolean("js-meta-only");  // only a cluster has a meta layer
  question.details = parameters.boolean("details");
  question.account = parameters.text("account");
  question.stream = parameters.text("stream");
  question.consumer = parameters.text("consumer");
  return question;
}

std::optional<Ailment> check_question(const Question& asked) {
  const auto missing = [](std::string_view what, std::string_view whose) {
    return Ailment{.status = 400,
                   .type = "BAD_REQUEST",
                   .text = go_quote(what) + " must not be empty when checking " +
                           std::string(whose) + " health"};
  };
  if (asked.account.empty() && !asked.stream.empty()) return missing("account", "stream");
  if (asked.stream.empty() && !asked.consumer.empty()) return missing("stream", "consumer");
  return std::nullopt;
}

// What is asked for by name, and is not there.
std::optional<Ailment> check_names(const Observed& server, const Question& asked) {
  JetStream* const jetstream = server.jetstream->find(asked.account);
  Ailment ailment{.status = 404};
  ailment.account = asked.account;
  // As for nats-server, an account is known once it has a stream.
  if (jetstream == nullptr || jetstream->streams().empty()) {
    ailment.type = "ACCOUNT";
    ailment.text = "JetStream account " + go_quote(asked.account) + " not found";
    return ailment;
  }
  if (asked.stream.empty()) return std::nullopt;
  ailment.stream = asked.stream;
  if (jetstream->find(asked.stream) == nullptr) {
    ailment.type = "STREAM";
    ailment.text = "JetStream stream " + go_quote(asked.stream) + " not found on account " +
                   go_quote(asked.account);
    return ailment;
  }
  if (asked.consumer.empty()) return std::nullopt;
  ailment.consumer = asked.consumer;
  if (jetstream->find_consumer(asked.stream, asked.consumer) != nullptr) return std::nullopt;
  ailment.type = "CONSUMER";
  ailment.text = "JetStream consumer " + go_quote(asked.consumer) + " not found for stream " +
                 go_quote(asked.stream) + " on account " + go_quote(asked.account);
  return ailment;
}

// Streams whose files failed.
void check_streams(const Observed& server, const Question& asked, std::vector<Ailment>& ailments) {
  for (const auto& [number, stream] : server.jetstream->shared().streams) {
    const std::string& account = stream->services().account.name();
    if (!asked.account.empty() && account != asked.account) continue;
    if (!asked.stream.empty() && stream->name() != asked.stream) continue;
    if (!stream->is_offline()) continue;
    ailments.push_back({.type = "STREAM",
                        .text = "JetStream stream '" + account + " > " + stream->name() +
                                "' write error: " + stream->offline_reason(),
                        .account = account,
                        .stream = stream->name()});
    if (!asked.details) return;
  }
}

std::vector<Ailment> check(const Observed& server, const Question& asked) {
  if (auto ailment = check_question(asked)) return {std::move(*ailment)};
  if (asked.wants_server_only) return {};
  if (!server.is_recovered) {
    return {Ailment{.type = "JETSTREAM", .text = "JetStream is recovering"}};
  }
  if (server.jetstream == nullptr || asked.wants_enabled_only) return {};
  if (!asked.account.empty()) {
    if (auto ailment = check_names(server, asked)) return {std::move(*ailment)};
  }
  std::vector<Ailment> ailments;
  check_streams(server, asked, ailments);
  return ailments;
}

// In nats-server's words, which people search their logs for.
void log_result(Log& log, const Question& asked, const std::vector<Ailment>& ailments) {
  if (asked.uses_old_name) {
    log.write(LogLevel::kWarning,
              "Healthcheck: js-enabled deprecated, use js-enabled-only instead");
  }
  if (ailments.empty()) return;
  log.write(LogLevel::kWarning,
            "Healthcheck failed: " +
                (asked.details ? decimal(static_cast<int64_t>(ailments.size())) + " errors"
                               : go_quote(ailments.front().text)));
}

void write_ailments(JsonWriter& json, const std::vector<Ailment>& ailments) {
  json.name("errors").begin_array();
  for (const Ailment& ailment : ailments) {
    json.begin_object();
    json.field("type", ailment.type);
    write_unless_empty(json, "account", ailment.account);
    write_unless_empty(json, "stream", ailment.stream);
    write_unless_empty(json, "consumer", ailment.consumer);
    json.field("error", ailment.text);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

Health healthz_report(const Observed& server, Parameters& parameters) {
  const Question asked = read_question(parameters);
  if (parameters.has_error()) return {};
  const std::vector<Ailment> ailments = check(server, asked);
  log_result(server.context.log, asked, ailments);
  Health health;
  JsonWriter json(health.text);
  json.begin_object();
  if (ailments.empty()) {
    json.field("status", "ok");
    if (server.is_message()) json.field("status_code", health.status);
  } else {
    health.status = ailments.front().status;
    const bool is_error = asked.details || health.status == 400;
    json.field("status", is_error ? "error" : "unavailable");
    if (server.is_message()) json.field("status_code", health.status);
    if (asked.details) {
      write_ailments(json, ailments);
    } else {
      json.field("error", ailments.front().text);
    }
  }
  json.end_object();
  return health;
}

}  // namespace myelin
