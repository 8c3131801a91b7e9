#include "core/base/random.h"

#include "core/base/check.h"

namespace myelin {
namespace {

uint64_t rotate_left(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

// splitmix64: spreads a poor seed over the whole state, which must not be all zero.
uint64_t splitmix(uint64_t& state) {
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(const Seed& seed) {
  for (size_t index = 0; index < state_.size(); ++index) {
    uint64_t mixed = seed[index] + index;
    state_[index] = splitmix(mixed);
  }
}

Random::Random(uint64_t seed) : Random(Seed{seed, seed, seed, seed}) {}

uint64_t Random::next() {
  const uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

uint64_t Random::below(uint64_t bound) {
  INVARIANT(bound != 0);
  // Refuses the few values that would make the low results likelier.
  const uint64_t unfair = (0 - bound) % bound;
  for (;;) {
    const uint64_t value = next();
    if (value >= unfair) return value % bound;
  }
}

std::string Random::base62(size_t size) {
  static constexpr char kDigits[] =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text(size, '0');
  for (char& digit : text) digit = kDigits[below(62)];
  return text;
}

}  // namespace myelin
