// The command line of the bench.
#pragma once

#include <string>
#include <vector>

namespace bench {

struct Options {
  std::string myelin;
  std::string official;  // empty when there is none on this machine
  std::string only;      // a regular expression over the scenarios' ids; empty means all
  std::string json;
  int rounds = 5;
  bool is_quick = false;
  bool is_list = false;
  bool is_help = false;
};

extern const char* const kUsage;

// Throws Failure with a sentence for the user.
Options parse_options(const std::vector<std::string>& arguments);

}  // namespace bench
