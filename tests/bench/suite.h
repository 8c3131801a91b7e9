// Runs the scenarios: each for so many rounds, in each round first the official server, then
// Myelin, so that whatever else the machine is doing falls on both alike.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/scenario.h"

namespace bench {

// What one server was seen to do in one scenario.
struct Series {
  std::vector<std::vector<double>> rounds;  // a value per row in each
  std::string error;                        // why there are no more
};

struct Outcome {
  Scenario scenario;
  Series official;
  Series myelin;
};

struct Report {
  std::string official_version;  // empty when there was no official server
  std::string myelin_version;
  double load_average = 0;  // of the machine before the run: what others were doing
  std::vector<Outcome> outcomes;

  bool has_errors() const;
};

std::vector<Scenario> chosen_scenarios(const Options& options);

// Says on stderr what it is doing. Throws Failure when a server does not even start.
Report run_suite(const Options& options);

}  // namespace bench
