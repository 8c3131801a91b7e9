#include "tests/bench/json_report.h"

#include <nlohmann/json.hpp>

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(Unit unit) {
  switch (unit) {
    case Unit::kNanoseconds:
      return "ns";
    case Unit::kMicroseconds:
      return "us";
    case Unit::kMilliseconds:
      return "ms";
    case Unit::kBytes:
      return "bytes";
    case Unit::kPerSecond:
      return "per_second";
    case Unit::kCores:
      return "cores";
    case Unit::kTimes:
      return "times";
    case Unit::kCount:
      return "count";
  }
  return "";
}

Json samples(const Series& series, size_t row) {
  Json values = Json::array();
  for (const std::vector<double>& round : series.rounds) values.push_back(round[row]);
  return values;
}

Json row_of(const Outcome& outcome, size_t index) {
  const Row& row = outcome.scenario.rows[index];
  Json json{{"scenario", outcome.scenario.id},
            {"title", row.title},
            {"unit", name_of(row.unit)},
            {outcome.scenario.has_server ? "myelin" : "relay", samples(outcome.myelin, index)}};
  if (outcome.scenario.has_server) json["official"] = samples(outcome.official, index);
  if (row.goal.kind == Goal::Kind::kRatio) json["ratio_max"] = row.goal.limit;
  if (row.goal.kind == Goal::Kind::kRatioAtLeast) json["ratio_min"] = row.goal.limit;
  if (row.goal.kind == Goal::Kind::kValue) json["value_max"] = row.goal.limit;
  if (!outcome.myelin.error.empty()) json["myelin_error"] = outcome.myelin.error;
  if (!outcome.official.error.empty()) json["official_error"] = outcome.official.error;
  return json;
}

}  // namespace

std::string json_report(const Report& report) {
  Json rows = Json::array();
  for (const Outcome& outcome : report.outcomes) {
    for (size_t i = 0; i < outcome.scenario.rows.size(); ++i) rows.push_back(row_of(outcome, i));
  }
  const Json json{{"official_version", report.official_version},
                  {"myelin_version", report.myelin_version},
                  {"rows", rows}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bench
