#include "tests/bench/options.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "tests/bench/failure.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr int kRoundsMax = 1000;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// NATS_SERVER, then PATH, then where `go install` puts it.
std::string find_official() {
  if (std::string named = environment("NATS_SERVER"); !named.empty()) return named;
  const std::string path = environment("PATH");
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const fs::path candidate = fs::path(path.substr(begin, end - begin)) / "nats-server";
    if (is_program(candidate)) return candidate.string();
    begin = end + 1;
  }
  const fs::path installed = fs::path(environment("HOME")) / "go" / "bin" / "nats-server";
  return is_program(installed) ? installed.string() : "";
}

// The daemon is built into the folder the bench is built into.
std::string find_myelin() {
  std::error_code ignored;
  const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
  return (self.parent_path() / "myelin-server").string();
}

int parse_rounds(const std::string& text) {
  int rounds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, rounds);
  if (code != std::errc() || stop != end || rounds < 1 || rounds > kRoundsMax) {
    throw Failure("--rounds takes a number from 1 to 1000, not '" + text + "'");
  }
  return rounds;
}

}  // namespace

const char* const kUsage =
    "myelin-bench: Myelin and the official nats-server under the same load, in turns\n"
    "\n"
    "  --myelin PATH     default: myelin-server beside this program\n"
    "  --official PATH   default: $NATS_SERVER, nats-server on PATH, ~/go/bin/nats-server\n"
    "  --only REGEX      only scenarios whose id matches (see --list)\n"
    "  --rounds N        how often each server takes its turn; medians are shown (5)\n"
    "  --quick           about a second for each row; the numbers mean little\n"
    "  --json FILE       every sample, for a program to read\n"
    "  --list            the scenarios\n"
    "\n"
    "Exit: 0 all measured, 1 a scenario failed (a message lost, a server died), 2 usage.\n";

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& flag = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw Failure(flag + " needs a value");
      return arguments[++i];
    };
    if (flag == "--myelin") {
      options.myelin = value();
    } else if (flag == "--official") {
      options.official = value();
    } else if (flag == "--only") {
      options.only = value();
    } else if (flag == "--rounds") {
      options.rounds = parse_rounds(value());
    } else if (flag == "--json") {
      options.json = value();
    } else if (flag == "--quick") {
      options.is_quick = true;
    } else if (flag == "--list") {
      options.is_list = true;
    } else if (flag == "--help" || flag == "-h") {
      options.is_help = true;
    } else {
      throw Failure("unknown flag '" + flag + "'");
    }
  }
  if (options.myelin.empty()) options.myelin = find_myelin();
  if (options.official.empty()) options.official = find_official();
  return options;
}

}  // namespace bench
