// What the crash tests share: trials are numbered by seeds, and some are played twice, because one
// seed must always end in the same state.
//
//     --seeds N [--slots]   seeds 1 to N, on files or on a page's slots
//     --seed S [--slots]    one of them, and the state it ends in
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "hosts/sim/sim_storage.h"
#include "tests/sim/slot_disk.h"

namespace myelin::sim {

template <class Trial>
int play(bool is_one, uint64_t number) {
  for (uint64_t seed = is_one ? number : 1; seed <= number; ++seed) {
    const uint32_t digest = Trial(seed).run();
    if ((is_one || seed % 50 == 0) && Trial(seed).run() != digest) {
      std::printf("seed %llu: the same seed ended in another state\n",
                  static_cast<unsigned long long>(seed));
      return 1;
    }
    if (is_one) {
      std::printf("seed %llu ends in %08x\n", static_cast<unsigned long long>(seed), digest);
    }
  }
  std::printf("every promise was kept\n");
  return 0;
}

template <template <class Disk> class Trial>
int crash_main(int argc, char** argv) {
  const std::string what = argc >= 3 ? argv[1] : "";
  const uint64_t number = argc >= 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  const bool is_on_slots = argc == 4 && std::string(argv[3]) == "--slots";
  const bool is_known = argc == 3 || is_on_slots;
  if (!is_known || (what != "--seeds" && what != "--seed") || number == 0) {
    std::fprintf(stderr, "usage: %s --seeds N | --seed S [--slots]\n", argv[0]);
    return 2;
  }
  return is_on_slots ? play<Trial<SlotDisk>>(what == "--seed", number)
                     : play<Trial<SimStorage>>(what == "--seed", number);
}

}  // namespace myelin::sim
