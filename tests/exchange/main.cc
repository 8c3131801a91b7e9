// myelin-exchange: random accounts that share with one another, against a Model of who must receive
// what.
//
//     myelin-exchange --seed 7                    one world, and what is in it
//     myelin-exchange --seed 1 --count 20000      many
//     myelin-exchange --seed 1 --seconds 3600     as many as fit into an hour
//     myelin-exchange --shrink 7                  the least of a world that still breaks a promise
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "tests/exchange/shrink.h"
#include "tests/exchange/trial.h"

namespace myelin::exchange {
namespace {

struct Sums {
  uint64_t worlds = 0;
  uint64_t whole = 0;
  uint64_t deliveries = 0;
  uint64_t ways = 0;
};

bool play_one(uint64_t seed, Sums& sums) {
  const Scenario scenario = draw(seed);
  try {
    const Played played = play(scenario, seed);
    ++sums.worlds;
    sums.whole += played.is_whole ? 1 : 0;
    sums.deliveries += played.deliveries;
    sums.ways += played.ways;
    return true;
  } catch (const std::exception& broken) {
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.what());
    return false;
  }
}

int play_many(uint64_t first, uint64_t count, std::chrono::seconds span) {
  const auto end = std::chrono::steady_clock::now() + span;
  Sums sums;
  for (uint64_t seed = first;; ++seed) {
    const bool is_over =
        count > 0 ? seed - first >= count : std::chrono::steady_clock::now() >= end;
    if (is_over) break;
    if (!play_one(seed, sums)) return 1;
  }
  std::printf(
      "%llu worlds, %llu to their ends; %llu messages, %llu requests that may be answered\n",
      static_cast<unsigned long long>(sums.worlds), static_cast<unsigned long long>(sums.whole),
      static_cast<unsigned long long>(sums.deliveries), static_cast<unsigned long long>(sums.ways));
  return 0;
}

int run(int argc, char** argv) {
  const std::string what = argc >= 3 ? argv[1] : "";
  const uint64_t seed = argc >= 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  if (argc == 3 && what == "--shrink") return shrink(seed);
  const std::string how = argc == 5 ? argv[3] : "";
  const uint64_t number = argc == 5 ? std::strtoull(argv[4], nullptr, 10) : 1;
  const bool is_known = what == "--seed" && (argc == 3 || how == "--count" || how == "--seconds");
  if (!is_known || number == 0) {
    std::fprintf(stderr, "usage: %s --seed N [--count N | --seconds N] | --shrink SEED\n", argv[0]);
    return 2;
  }
  if (argc == 3) std::printf("%s", to_text(draw(seed)).c_str());
  if (how == "--seconds") return play_many(seed, 0, std::chrono::seconds(number));
  return play_many(seed, number, {});
}

}  // namespace
}  // namespace myelin::exchange

int main(int argc, char** argv) { return myelin::exchange::run(argc, argv); }
