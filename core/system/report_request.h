// ReportRequest: a report of monitoring that is asked for by a message: its name is in the subject,
// what HTTP has behind the question mark is JSON in the body.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/system/event_filter.h"

namespace myelin {

// A field of the body, and the parameter that stands for it.
struct ReportField {
  enum class Kind : uint8_t { kTruth, kInteger, kNumber, kText, kTexts, kState };
  std::string_view name;
  Kind kind;
  std::string_view parameter;
  std::string_view go_type = {};  // shown where the value is of another; empty: the plain one
  std::string_view truth = "1";   // kTruth: the parameter's value
};

struct ReportRow {
  std::string_view name;     // "CONNZ"
  std::string_view path;     // of the Inquiry
  std::string_view options;  // "Connz": Go's name of the options, less what all have
  std::span<const ReportField> fields;
  bool shows_host = false;  // what only the host knows
};

// Those of `$SYS.REQ.SERVER.*.X`, and of `$SYS.REQ.ACCOUNT.*.X`.
std::span<const ReportRow> server_reports();
std::span<const ReportRow> account_reports();
const ReportRow& account_connections_report();
// Statistics of all accounts, of some, or (without "accounts") of one.
const ReportRow& all_statistics_report();
const ReportRow& account_statistics_report();
// The server's own numbers: mostly not written by it, but told to whoever listens.
inline constexpr std::string_view kStatisticsReport = "statistics";
const ReportRow& statistics_report();

// The body's error, if there is one; else the filter and the parameters, as a URL has them.
std::optional<std::string> read_report_request(const ReportRow& row, std::string_view body,
                                               EventFilter& filter, std::string& parameters);
// One more of them; the last of a name counts for nothing, so the first says it.
void append_parameter(std::string& parameters, std::string_view name, std::string_view value);

}  // namespace myelin
