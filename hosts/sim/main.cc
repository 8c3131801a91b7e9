// myelin-sim: whole servers under faults, by seed.
//
//     myelin-sim --seed N             one run; prints the hash of all that could be observed
//     myelin-sim --seed N --count M   the seeds N to N + M - 1
//     myelin-sim --seed N --seconds S as many as fit into so many seconds
//
// Every run is played twice when it is alone, and one in twenty otherwise: the hashes must agree.
// A broken promise is printed with its seed, and ends the program with 1.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

#include "hosts/sim/swarm.h"

namespace myelin::sim {
namespace {

struct Settings {
  uint64_t seed = 0;
  uint64_t count = 0;
  uint64_t seconds = 0;
};

bool read_settings(int argc, char** argv, Settings& settings) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    uint64_t* number = name == "--seed"      ? &settings.seed
                       : name == "--count"   ? &settings.count
                       : name == "--seconds" ? &settings.seconds
                                             : nullptr;
    if (number == nullptr) return false;
    *number = std::strtoull(argv[i + 1], nullptr, 10);
  }
  return argc % 2 == 1 && settings.seed != 0;
}

bool play(uint64_t seed, bool is_alone) {
  // Said first, so that a crash shows whose it is.
  std::printf("seed %llu", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  try {
    Swarm swarm(seed);
    const uint32_t hash = swarm.run();
    std::printf(": %llu acknowledged, hash %08x\n",
                static_cast<unsigned long long>(swarm.acknowledged()), hash);
    if (!is_alone && seed % 20 != 0) return true;
    if (Swarm(seed).run() == hash) return true;
    std::printf("seed %llu: the same seed ended in another hash\n",
                static_cast<unsigned long long>(seed));
  } catch (const std::exception& error) {
    std::printf(" broke a promise: %s\n", error.what());
  }
  return false;
}

}  // namespace
}  // namespace myelin::sim

int main(int argc, char** argv) {
  myelin::sim::Settings settings;
  if (!myelin::sim::read_settings(argc, argv, settings)) {
    std::fprintf(stderr, "usage: %s --seed N [--count M | --seconds S]\n", argv[0]);
    return 2;
  }
  const bool is_alone = settings.count == 0 && settings.seconds == 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t played = 0;; ++played) {
    if (settings.seconds == 0 && played == (is_alone ? 1 : settings.count)) break;
    if (settings.count != 0 && played == settings.count) break;
    const auto spent = std::chrono::steady_clock::now() - start;
    if (settings.seconds != 0 && spent > std::chrono::seconds(settings.seconds)) break;
    if (!myelin::sim::play(settings.seed + played, is_alone)) return 1;
  }
  return 0;
}
