#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/failure.h"
#include "tests/bench/json_report.h"
#include "tests/bench/options.h"
#include "tests/bench/suite.h"
#include "tests/bench/table.h"

namespace {

// Ten thousand connections need as many descriptors here, and in the server, which inherits the
// limit.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void write_file(const std::string& path, const std::string& text) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size() ||
      std::fflush(file.get()) != 0) {
    bench::fail_with_errno("writing " + path);
  }
}

int run(const bench::Options& options, const std::string& command) {
  if (options.is_help) {
    std::fputs(bench::kUsage, stdout);
    return 0;
  }
  if (options.is_list) {
    for (const bench::Scenario& scenario : bench::chosen_scenarios(options)) {
      std::printf("%-20s %s\n", scenario.id.c_str(), scenario.rows.front().title.c_str());
    }
    return 0;
  }
  if (options.official.empty()) {
    std::fputs("No official nats-server was found: measuring Myelin alone.\n", stderr);
  }
  allow_many_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // TLS writes to a socket that was closed
  const bench::Report report = bench::run_suite(options);
  std::fputs(bench::markdown(report, options, command).c_str(), stdout);
  if (!options.json.empty()) write_file(options.json, bench::json_report(report));
  return report.has_errors() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::string command = "myelin-bench";
  for (const std::string& argument : arguments) command += ' ' + argument;
  bench::Options options;
  try {
    options = bench::parse_options(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "myelin-bench: %s\n\n%s", error.what(), bench::kUsage);
    return 2;
  }
  try {
    return run(options, command);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "myelin-bench: %s\n", error.what());
    return 1;
  }
}
