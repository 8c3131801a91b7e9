#include "tests/bench/suite.h"

#include <regex.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "tests/bench/failure.h"

namespace bench {
namespace {

// An extended regular expression, as POSIX has it.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    if (::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
      throw Failure("'" + text + "' is not a regular expression");
    }
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { ::regfree(&compiled_); }

  bool is_in(const std::string& text) const {
    return ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
};

// As the server gives it in INFO.
std::string version_of(const std::string& path) {
  const ServerProcess server(path);
  const std::string json = server.info().substr(server.info().find(' '));
  const nlohmann::json info = nlohmann::json::parse(json, nullptr, false);
  if (!info.is_object() || !info.contains("version") || !info["version"].is_string()) {
    throw Failure("the INFO of " + path + " has no version");
  }
  return info["version"];
}

void measure_round(const Scenario& scenario, const std::string& path, const Effort& effort,
                   Series& series) {
  if (!series.error.empty()) return;
  try {
    series.rounds.push_back(scenario.measure(path, effort));
    if (series.rounds.back().size() != scenario.rows.size()) {
      throw std::logic_error(scenario.id + " does not fill its rows");
    }
  } catch (const Failure& failure) {
    series.error = failure.what();
    std::fprintf(stderr, "%s: %s: %s\n", scenario.id.c_str(), path.c_str(), failure.what());
  }
}

Outcome measure(Scenario scenario, const Options& options) {
  const Effort& effort = options.is_quick ? kQuick : kFull;
  Outcome outcome{.scenario = std::move(scenario), .official = {}, .myelin = {}};
  for (int round = 1; round <= options.rounds; ++round) {
    std::fprintf(stderr, "%s, round %d of %d\n", outcome.scenario.id.c_str(), round,
                 options.rounds);
    if (outcome.scenario.has_server && !options.official.empty()) {
      measure_round(outcome.scenario, options.official, effort, outcome.official);
    }
    measure_round(outcome.scenario, options.myelin, effort, outcome.myelin);
  }
  return outcome;
}

}  // namespace

bool Report::has_errors() const {
  for (const Outcome& outcome : outcomes) {
    if (!outcome.official.error.empty() || !outcome.myelin.error.empty()) return true;
  }
  return false;
}

std::vector<Scenario> chosen_scenarios(const Options& options) {
  std::vector<Scenario> chosen;
  const Pattern pattern(options.only);
  for (const auto& scenarios : {delivery_scenarios(), response_scenarios(), footprint_scenarios(),
                                websocket_scenarios(), monitoring_scenarios(), account_scenarios(),
                                jetstream_publish_scenarios(), jetstream_consumer_scenarios(),
                                jetstream_key_scenarios(), jetstream_footprint_scenarios()}) {
    for (const Scenario& scenario : scenarios) {
      if (pattern.is_in(scenario.id)) chosen.push_back(scenario);
    }
  }
  if (chosen.empty()) throw Failure("no scenario matches '" + options.only + "'");
  return chosen;
}

Report run_suite(const Options& options) {
  Report report;
  ::getloadavg(&report.load_average, 1);
  if (!options.official.empty()) report.official_version = version_of(options.official);
  report.myelin_version = version_of(options.myelin);
  for (Scenario& scenario : chosen_scenarios(options)) {
    report.outcomes.push_back(measure(std::move(scenario), options));
  }
  return report;
}

}  // namespace bench
