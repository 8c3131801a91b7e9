#include "tests/bench/table.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "tests/bench/statistics.h"

namespace bench {
namespace {

constexpr size_t kErrorCharsMax = 160;

struct Cells {
  std::optional<double> official;
  std::optional<double> myelin;
  std::vector<double> ratios;  // of each round in which both were measured
};

std::string number(double value, const char* unit) {
  std::array<char, 64> text{};
  const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f%s%s", digits, value, *unit == '\0' ? "" : " ",
                unit);
  return text.data();
}

std::string in_unit(double value, Unit unit) {
  switch (unit) {
    case Unit::kNanoseconds:
      return number(value, "ns");
    case Unit::kMicroseconds:
      return number(value, "us");
    case Unit::kMilliseconds:
      return number(value, "ms");
    case Unit::kBytes:
      if (value >= 1e6) return number(value / 1e6, "MB");
      if (value >= 1e4) return number(value / 1e3, "KB");
      return number(value, "B");
    case Unit::kPerSecond:
      return value >= 1e6 ? number(value / 1e6, "M/s") : number(value / 1e3, "k/s");
    case Unit::kCores:
      return number(value, "");
    case Unit::kTimes:
      return number(value, "") + "x";
    case Unit::kCount:
      return std::to_string(static_cast<uint64_t>(value));
  }
  return "";
}

std::string cell(const std::optional<double>& value, Unit unit) {
  return value ? in_unit(*value, unit) : "-";
}

std::optional<double> median_of(const Series& series, size_t row) {
  std::vector<double> values;
  for (const std::vector<double>& round : series.rounds) values.push_back(round[row]);
  if (values.empty()) return std::nullopt;
  return median(std::move(values));
}

Cells cells_of(const Outcome& outcome, size_t row) {
  Cells cells{.official = median_of(outcome.official, row),
              .myelin = median_of(outcome.myelin, row),
              .ratios = {}};
  const auto& official = outcome.official.rounds;
  const auto& myelin = outcome.myelin.rounds;
  for (size_t i = 0; i < std::min(official.size(), myelin.size()); ++i) {
    if (official[i][row] > 0) cells.ratios.push_back(myelin[i][row] / official[i][row]);
  }
  return cells;
}

std::string ratio_of(const Cells& cells) {
  if (!cells.official || !cells.myelin || *cells.official <= 0) return "-";
  return number(*cells.myelin / *cells.official, "") + "x";
}

std::string spread_of(const Cells& cells) {
  if (cells.ratios.empty()) return "-";
  const auto [least, most] = std::minmax_element(cells.ratios.begin(), cells.ratios.end());
  return number(*least, "") + " to " + number(*most, "");
}

std::string goal_of(const Row& row) {
  const Goal& goal = row.goal;
  if (goal.kind == Goal::Kind::kNone) return "-";
  std::string text = goal.kind == Goal::Kind::kValue ? in_unit(goal.limit, row.unit)
                                                     : number(goal.limit, "") + "x";
  if (goal.kind == Goal::Kind::kRatioAtLeast) text = "at least " + text;
  if (goal.or_value) text += " or " + in_unit(*goal.or_value, row.unit);
  if (goal.or_row) text += " or as seen besides";
  return text;
}

// One line of a cell: no bars, no line ends.
std::string one_line(std::string text) {
  text.resize(std::min(text.size(), kErrorCharsMax));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '|' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

bool is_met(const Goal& goal, const Cells& cells, const Outcome& outcome) {
  const double value = *cells.myelin;
  const bool is_least = goal.kind == Goal::Kind::kRatioAtLeast;
  const double limit = goal.kind == Goal::Kind::kValue ? goal.limit : goal.limit * *cells.official;
  const auto is_good = [&](double bound) { return is_least ? value >= bound : value <= bound; };
  if (is_good(limit)) return true;
  if (goal.or_value && is_good(*goal.or_value)) return true;
  return goal.or_row && is_good(*median_of(outcome.myelin, *goal.or_row));
}

std::string verdict(const Outcome& outcome, const Row& row, const Cells& cells) {
  if (!outcome.myelin.error.empty()) return "FAILED: " + one_line(outcome.myelin.error);
  if (!outcome.official.error.empty())
    return "official failed: " + one_line(outcome.official.error);
  const Goal& goal = row.goal;
  if (goal.kind == Goal::Kind::kNone) return "reported";
  const bool is_compared = cells.official && *cells.official > 0;
  if (goal.kind != Goal::Kind::kValue && !is_compared) return "not compared";
  return is_met(goal, cells, outcome) ? "pass" : "MISS";
}

std::string goal_line(const Outcome& outcome, size_t index) {
  const Row& row = outcome.scenario.rows[index];
  Cells cells = cells_of(outcome, index);
  if (!outcome.scenario.has_server) cells.official = cells.myelin;
  const bool is_shared = !outcome.scenario.has_server;
  return "| " + row.title + " | " + cell(cells.official, row.unit) + " | " +
         cell(cells.myelin, row.unit) + " | " + (is_shared ? "-" : ratio_of(cells)) + " | " +
         spread_of(cells) + " | " + goal_of(row) + " | " + verdict(outcome, row, cells) + " |\n";
}

std::string detail_line(const Outcome& outcome, size_t index) {
  const Row& row = outcome.scenario.rows[index];
  Cells cells = cells_of(outcome, index);
  if (!outcome.scenario.has_server) cells.official = cells.myelin;
  return "| " + row.title + " | " + cell(cells.official, row.unit) + " | " +
         cell(cells.myelin, row.unit) + " |\n";
}

std::string lines_of(const Report& report, bool is_detail,
                     std::string (*line)(const Outcome&, size_t)) {
  std::string text;
  for (const Outcome& outcome : report.outcomes) {
    for (size_t i = 0; i < outcome.scenario.rows.size(); ++i) {
      if (outcome.scenario.rows[i].is_detail == is_detail) text += line(outcome, i);
    }
  }
  return text;
}

std::string preamble(const Report& report, const Options& options, const std::string& command) {
  utsname system{};
  ::uname(&system);
  const std::string official = report.official_version.empty() ? "none" : report.official_version;
  return "`" + command + "`\n\n" + "Official nats-server: " + official +
         ". Myelin announces: " + report.myelin_version +
         ". Machine: " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " processors, " +
         system.sysname + " " + system.release + ", load average " +
         number(report.load_average, "") + " before the run. Medians of " +
         std::to_string(options.rounds) +
         (options.is_quick ? " quick rounds (a fraction of the counts named)" : " rounds") +
         ", taken in turns. CPU is the server's own, user and system; every message is "
         "accounted for. On a machine busy with other work the latencies say little, CPU and "
         "memory "
         "still do.\n\n";
}

}  // namespace

std::string markdown(const Report& report, const Options& options, const std::string& command) {
  std::string text = preamble(report, options, command) +
                     "| scenario | official | Myelin | ratio | ratio in each round | aim | "
                     "verdict |\n|---|--:|--:|--:|--:|--:|---|\n" +
                     lines_of(report, false, goal_line);
  const std::string details = lines_of(report, true, detail_line);
  if (details.empty()) return text;
  return text + "\n| seen besides | official | Myelin |\n|---|--:|--:|\n" + details;
}

}  // namespace bench
