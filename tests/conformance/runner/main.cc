// myelin-conformance: plays the transcripts through one door, each as a section of one Catch2 test.
//
//   myelin-conformance --door truth|core|native [--server PATH] [--cases FOLDER] [--list] [FILTER]
//   myelin-conformance --door wasm|chromium --bridge COMMAND [--cases FOLDER] [FILTER]
//
//   myelin-conformance --power-cuts [--cases FOLDER] [FILTER]
//
// plays those marked `durable` in the core door, with the power cut at each storage operation.
//
//   myelin-conformance --differential [--seed N] [--count M] [--server A] [--against B]
//
// plays M made-up sessions on two servers and compares: A is the official server where none is
// given, B a program, or "core", or "wasm" with its --bridge. Exits with 77 where the door cannot
// be opened at all (no official server was found, no browser is installed).
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/runner/bridge_door.h"
#include "tests/conformance/runner/case_list.h"
#include "tests/conformance/runner/core_door.h"
#include "tests/conformance/runner/differential.h"
#include "tests/conformance/runner/official_server.h"
#include "tests/conformance/runner/player.h"
#include "tests/conformance/runner/power_cut.h"
#include "tests/conformance/runner/tcp_door.h"

namespace {

using namespace myelin::conformance;

constexpr int kSkipped = 77;

struct Settings {
  std::string door = "truth";
  std::string server;
  std::string bridge;
  std::string cases = MYELIN_CONFORMANCE_CASES;
  std::string filter;
  std::string seed = "1";
  std::string count = "200";
  std::string against = "core";
  bool list = false;
  bool differential = false;
  bool power_cuts = false;
};

struct Suite {
  std::unique_ptr<Door> door;
  std::vector<Transcript> cases;
  std::set<std::string> known_failures;
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  std::size_t known = 0;
};

// Catch2 calls a test without arguments: what it plays has to stand somewhere.
Suite& suite() {
  static Suite the_suite;
  return the_suite;
}

void judge(const Transcript& transcript, const Outcome& outcome) {
  Suite& all = suite();
  const bool is_known = all.known_failures.count(transcript.name) != 0;
  switch (outcome.kind) {
    case Outcome::Kind::kSkipped:
      ++all.skipped;
      WARN("skipped " << transcript.name << ": " << outcome.why);
      return;
    case Outcome::Kind::kFailed:
      ++(is_known ? all.known : all.failed);
      if (!is_known) FAIL_CHECK(outcome.why << "\n" << outcome.wire);
      return;
    case Outcome::Kind::kPassed:
      ++(is_known ? all.failed : all.passed);
      if (is_known) FAIL_CHECK("passes, and must leave the list of known failures");
      SUCCEED(transcript.claim);
      return;
  }
}

// On a busy machine the official server loses a race of its own now and then (an advisory of a
// stream that is being deleted): a claim about it is false only if it fails each time.
Outcome play_patiently(const Transcript& transcript, Door& door) {
  constexpr int kAttempts = 3;
  Outcome outcome = play(transcript, door);
  const bool is_truth = door.family() == "truth";
  for (int again = 1; again < kAttempts && is_truth && outcome.kind == Outcome::Kind::kFailed;
       ++again) {
    std::printf("played again: %s: %s\n", transcript.name.c_str(), outcome.why.c_str());
    outcome = play(transcript, door);
  }
  return outcome;
}

TEST_CASE("Conformance: every transcript holds") {
  for (const Transcript& transcript : suite().cases) {
    // Not in the section's name: what stands behind a colon there may end Catch2's reporter.
    INFO(transcript.claim);
    DYNAMIC_SECTION(transcript.name) {
      judge(transcript, play_patiently(transcript, *suite().door));
    }
  }
}

std::unique_ptr<Door> make_door(const Settings& settings) {
  const bool is_websocket = settings.door.ends_with("websocket");
  const TcpDoor::Way way = is_websocket ? TcpDoor::Way::kWebSocket : TcpDoor::Way::kTcp;
  if (settings.door == "truth" || settings.door == "truth-websocket") {
    const auto binary = find_official_server(settings.server);
    if (binary.empty()) throw DoorMissing("no official nats-server 2.14 was found");
    return std::make_unique<TcpDoor>(settings.door, binary, way);
  }
  if (settings.door == "core") return std::make_unique<CoreDoor>();
  if ((settings.door == "native" || settings.door == "websocket") && !settings.server.empty()) {
    return std::make_unique<TcpDoor>(settings.door, settings.server, way);
  }
  if ((settings.door == "wasm" || settings.door == "chromium") && !settings.bridge.empty()) {
    return std::make_unique<BridgeDoor>(settings.door, settings.bridge);
  }
  throw std::runtime_error(
      "--door truth, truth-websocket or core, --door native or websocket with --server PATH, or "
      "--door wasm or chromium with --bridge COMMAND");
}

Settings read_settings(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    std::string* value = word == "--door"      ? &settings.door
                         : word == "--server"  ? &settings.server
                         : word == "--bridge"  ? &settings.bridge
                         : word == "--seed"    ? &settings.seed
                         : word == "--count"   ? &settings.count
                         : word == "--against" ? &settings.against
                         : word == "--cases"   ? &settings.cases
                                               : nullptr;
    if (value != nullptr && i + 1 < argc) {
      *value = argv[++i];
    } else if (word == "--list") {
      settings.list = true;
    } else if (word == "--differential") {
      settings.differential = true;
    } else if (word == "--power-cuts") {
      settings.power_cuts = true;
    } else if (!word.starts_with('-') && settings.filter.empty()) {
      settings.filter = word;
    } else {
      throw std::runtime_error("not understood: " + std::string(word));
    }
  }
  return settings;
}

std::unique_ptr<Door> make_other(const Settings& settings) {
  if (settings.against == "core") return std::make_unique<CoreDoor>();
  if (!settings.bridge.empty()) {
    return std::make_unique<BridgeDoor>(settings.against, settings.bridge);
  }
  return std::make_unique<TcpDoor>("native", settings.against);
}

int run_differential(const Settings& settings) {
  const auto truth = find_official_server(settings.server);
  if (truth.empty()) throw DoorMissing("no official nats-server 2.14 was found");
  TcpDoor left("truth", truth);
  const std::unique_ptr<Door> right = make_other(settings);
  return compare_servers(left, *right, std::stoull(settings.seed), std::stoull(settings.count)) == 0
             ? 0
             : 1;
}

int run_power_cuts(const Settings& settings) {
  const auto known = read_known_failures(settings.cases + "/known_failures.txt", "core");
  std::size_t cases = 0;
  std::size_t failed = 0;
  std::size_t cuts = 0;
  for (const Transcript& transcript : read_cases(settings.cases, settings.filter)) {
    if (!transcript.durable || known.count(transcript.name) != 0) continue;
    ++cases;
    CoreDoor door;
    const Outcome outcome = play_power_cuts(transcript, door, cuts);
    if (outcome.kind != Outcome::Kind::kFailed) continue;
    ++failed;
    std::printf("%s\n%s\n", outcome.why.c_str(), outcome.wire.c_str());
  }
  std::printf("power cuts: %zu cases, %zu failed, %zu cuts\n", cases, failed, cuts);
  return failed == 0 && cuts != 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  const Settings settings = read_settings(argc, argv);
  if (settings.power_cuts) return run_power_cuts(settings);
  if (settings.differential) return run_differential(settings);
  Suite& all = suite();
  all.cases = read_cases(settings.cases, settings.filter);
  if (settings.list) {
    for (const Transcript& one : all.cases)
      std::printf("%s: %s\n", one.name.c_str(), one.claim.c_str());
    return 0;
  }
  all.door = make_door(settings);
  const std::string known_failures = settings.cases + "/known_failures.txt";
  all.known_failures = read_known_failures(known_failures, all.door->name());
  all.known_failures.merge(read_known_failures(known_failures, all.door->family()));
  const auto start = std::chrono::steady_clock::now();
  const int failures = Catch::Session().run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%s: %zu cases, %zu passed, %zu failed, %zu known failures, %zu skipped, %.1f s\n",
              settings.door.c_str(), all.cases.size(), all.passed, all.failed, all.known,
              all.skipped, took.count());
  all.door.reset();
  return failures == 0 && all.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets as if they were files
  try {
    return run(argc, argv);
  } catch (const DoorMissing& missing) {
    std::printf("skipped: %s\n", missing.what());
    return kSkipped;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "myelin-conformance: %s\n", error.what());
    return 2;
  }
}
