// Random: a small deterministic generator (xoshiro256**), seeded once by the host, so that a seed
// replays a run exactly, natively and as wasm. Not for secrets: those come from the host's
// operating system.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace myelin {

using Seed = std::array<uint64_t, 4>;

class Random {
 public:
  explicit Random(const Seed& seed);
  explicit Random(uint64_t seed);

  uint64_t next();
  // Uniform in [0, bound); bound must not be 0.
  uint64_t below(uint64_t bound);
  // `size` characters of 0-9A-Za-z, the alphabet of a NUID.
  std::string base62(size_t size);
  // A name that nobody else has: as long as a NUID, which it need not be otherwise.
  std::string nuid() { return base62(22); }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace myelin
