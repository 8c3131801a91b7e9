#include "core/system/report_request.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace myelin {
namespace {

using FieldKind = ReportField::Kind;

constexpr ReportField kConnz[] = {
    {"sort", FieldKind::kText, "sort", "server.SortOpt"},
    {"auth", FieldKind::kTruth, "auth"},
    {"subscriptions_detail", FieldKind::kTruth, "subs", {}, "detail"},
    {"subscriptions", FieldKind::kTruth, "subs"},
    {"offset", FieldKind::kInteger, "offset"},
    {"limit", FieldKind::kInteger, "limit"},
    {"cid", FieldKind::kNumber, "cid"},
    {"mqtt_client", FieldKind::kText, "mqtt_client"},
    {"state", FieldKind::kState, "state", "server.ConnState"},
    {"user", FieldKind::kText, "user"},
    {"acc", FieldKind::kText, "acc"},
    {"filter_subject", FieldKind::kText, "filter_subject"},
};
constexpr ReportField kSubsz[] = {
    {"offset", FieldKind::kInteger, "offset"},    {"limit", FieldKind::kInteger, "limit"},
    {"subscriptions", FieldKind::kTruth, "subs"}, {"account", FieldKind::kText, "acc"},
    {"test", FieldKind::kText, "test"},
};
constexpr ReportField kRoutez[] = {
    {"subscriptions", FieldKind::kTruth, "subs"},
    {"subscriptions_detail", FieldKind::kTruth, "subs", {}, "detail"},
};
constexpr ReportField kGatewayz[] = {
    {"name", FieldKind::kText, "gw_name"},
    {"accounts", FieldKind::kTruth, "accs"},
    {"account_name", FieldKind::kText, "acc_name"},
    {"subscriptions", FieldKind::kTruth, "subs"},
    {"subscriptions_detail", FieldKind::kTruth, "subs", {}, "detail"},
};
constexpr ReportField kLeafz[] = {
    {"subscriptions", FieldKind::kTruth, "subs"},
    {"account", FieldKind::kText, "acc"},
};
constexpr ReportField kAccountz[] = {{"account", FieldKind::kText, "acc"}};
constexpr ReportField kAccountStatz[] = {
    {"accounts", FieldKind::kTexts, "acc"},
    {"include_unused", FieldKind::kTruth, "unused"},
};
constexpr ReportField kJsz[] = {
    {"account", FieldKind::kText, "acc"},
    {"accounts", FieldKind::kTruth, "accounts"},
    {"streams", FieldKind::kTruth, "streams"},
    {"consumer", FieldKind::kTruth, "consumers"},
    {"direct_consumer", FieldKind::kTruth, "direct-consumers"},
    {"config", FieldKind::kTruth, "config"},
    {"leader_only", FieldKind::kTruth, "leader-only"},
    {"offset", FieldKind::kInteger, "offset"},
    {"limit", FieldKind::kInteger, "limit"},
    {"raft", FieldKind::kTruth, "raft"},
    {"stream_leader_only", FieldKind::kTruth, "stream-leader-only"},
};
constexpr ReportField kHealthz[] = {
    {"js-enabled", FieldKind::kTruth, "js-enabled"},
    {"js-enabled-only", FieldKind::kTruth, "js-enabled-only"},
    {"js-server-only", FieldKind::kTruth, "js-server-only"},
    {"js-meta-only", FieldKind::kTruth, "js-meta-only"},
    {"account", FieldKind::kText, "account"},
    {"stream", FieldKind::kText, "stream"},
    {"consumer", FieldKind::kText, "consumer"},
    {"details", FieldKind::kTruth, "details"},
};
constexpr ReportField kProfilez[] = {
    {"name", FieldKind::kText, "name"},
    {"debug", FieldKind::kInteger, "debug"},
    {"duration", FieldKind::kInteger, "duration", "time.Duration"},
};
constexpr ReportField kIpqueuesz[] = {
    {"all", FieldKind::kTruth, "all"},
    {"filter", FieldKind::kText, "queues"},
};
constexpr ReportField kRaftz[] = {
    {"account", FieldKind::kText, "acc"},
    {"group", FieldKind::kText, "group"},
};

constexpr ReportRow kServerReports[] = {
    {"VARZ", "/varz", "Varz", {}, true},
    {"SUBSZ", "/subsz", "Subsz", kSubsz},
    {"CONNZ", "/connz", "Connz", kConnz},
    {"ROUTEZ", "/routez", "Routez", kRoutez},
    {"GATEWAYZ", "/gatewayz", "Gatewayz", kGatewayz},
    {"LEAFZ", "/leafz", "Leafz", kLeafz},
    {"ACCOUNTZ", "/accountz", "Accountz", kAccountz},
    {"JSZ", "/jsz", "Jsz", kJsz},
    {"HEALTHZ", "/healthz", "Healthz", kHealthz},
    {"PROFILEZ", "profile", "Profilez", kProfilez},
    {"EXPVARZ", "variables", "Expvarz", {}, true},
    {"IPQUEUESZ", "/ipqueuesz", "Ipqueuesz", kIpqueuesz},
    {"RAFTZ", "raft", "Raftz", kRaftz},
};
constexpr ReportRow kAccountConnections = {"CONNZ", "/connz", "Connz", kConnz};
constexpr ReportRow kAccountReports[] = {
    {"SUBSZ", "/subsz", "Subsz", kSubsz}, kAccountConnections,
    {"LEAFZ", "/leafz", "Leafz", kLeafz}, {"JSZ", "account jetstream", "Jsz", kJsz},
    {"INFO", "account", "AccInfo", {}},
};
constexpr ReportRow kStatistics = {"STATSZ", kStatisticsReport, "Statsz", {}, true};
constexpr ReportRow kAllStatistics = {"STATZ", "/accstatz", "AccountStatz", kAccountStatz};
constexpr ReportRow kAccountStatistics = {"STATZ", "/accstatz", "AccountStatz",
                                          std::span(kAccountStatz).subspan(1)};

// What stands in a URL as it is.
bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '.';
}

void read_integer(JsonFields& fields, const ReportField& field, std::string& parameters) {
  int64_t value = 0;
  fields.read(field.name, value, field.go_type.empty() ? "int" : field.go_type);
  if (value != 0) append_parameter(parameters, field.parameter, decimal(value));
}

void read_text(JsonFields& fields, const ReportField& field, std::string& parameters) {
  const JsonView value = fields.take(field.name);
  if (!value.is_present() || value.is_null()) return;
  if (const auto text = value.as_string()) {
    append_parameter(parameters, field.parameter, *text);
  } else {
    fields.complain(field.name, value, field.go_type.empty() ? "string" : field.go_type);
  }
}

// A number in the body, a word in the URL.
void read_state(JsonFields& fields, const ReportField& field, std::string& parameters) {
  static constexpr std::array<std::string_view, 3> kStates = {"open", "closed", "all"};
  int64_t value = 0;
  fields.read(field.name, value, field.go_type);
  const bool is_known = value >= 0 && static_cast<size_t>(value) < kStates.size();
  append_parameter(parameters, field.parameter,
                   is_known ? kStates[static_cast<size_t>(value)] : "none");
}

void read_field(JsonFields& fields, const ReportField& field, std::string& parameters) {
  switch (field.kind) {
    case FieldKind::kTruth: {
      bool value = false;
      fields.read(field.name, value);
      if (value) append_parameter(parameters, field.parameter, field.truth);
      return;
    }
    case FieldKind::kInteger:
      return read_integer(fields, field, parameters);
    case FieldKind::kNumber: {
      uint64_t value = 0;
      fields.read(field.name, value);
      std::string digits;
      append_decimal(digits, value);
      if (value > 0) append_parameter(parameters, field.parameter, digits);
      return;
    }
    case FieldKind::kText:
      return read_text(fields, field, parameters);
    case FieldKind::kTexts: {
      std::vector<std::string> values;
      fields.read(field.name, values);
      for (const std::string& value : values) append_parameter(parameters, field.parameter, value);
      return;
    }
    case FieldKind::kState:
      return read_state(fields, field, parameters);
  }
}

}  // namespace

std::span<const ReportRow> server_reports() { return kServerReports; }
std::span<const ReportRow> account_reports() { return kAccountReports; }
const ReportRow& account_connections_report() { return kAccountConnections; }
const ReportRow& all_statistics_report() { return kAllStatistics; }
const ReportRow& account_statistics_report() { return kAccountStatistics; }
const ReportRow& statistics_report() { return kStatistics; }

void append_parameter(std::string& parameters, std::string_view name, std::string_view value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  if (!parameters.empty()) parameters += '&';
  parameters += name;
  parameters += '=';
  for (const char c : value) {
    if (is_unreserved(c)) {
      parameters += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      parameters += '%';
      parameters += kDigits[byte >> 4];
      parameters += kDigits[byte & 15];
    }
  }
}

std::optional<std::string> read_report_request(const ReportRow& row, std::string_view body,
                                               EventFilter& filter, std::string& parameters) {
  const std::string type = std::string(row.options) + "EventOptions";
  const std::string path = std::string(row.options == "Jsz" ? "JSz" : row.options) + "Options.";
  return read_request(body, type, filter, [&row, &path, &parameters](JsonFields& fields) {
    fields.set_path(path);
    for (const ReportField& field : row.fields) read_field(fields, field, parameters);
  });
}

}  // namespace myelin
