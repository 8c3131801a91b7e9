#include "hosts/websocket/ws_mask.h"

#include <array>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace myelin {
namespace {

// As much of the payload as fills registers. Each block is read before it is written: where `to` is
// a few bytes before `from`, what comes next is still there.
#if defined(__SSE2__)
size_t take_off_blocks(uint32_t key, const char* from, size_t size, char* to) {
  constexpr size_t kBlock = 4 * sizeof(__m128i);
  const __m128i wide = _mm_set1_epi32(static_cast<int>(key));
  const auto load = [&](size_t at) {
    return _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at)), wide);
  };
  const auto store = [&](size_t at, __m128i bytes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), bytes);
  };
  size_t at = 0;
  for (; at + kBlock <= size; at += kBlock) {
    const __m128i bytes[] = {load(at), load(at + 16), load(at + 32), load(at + 48)};
    for (size_t i = 0; i < 4; ++i) store(at + 16 * i, bytes[i]);
  }
  return at;
}
#else
size_t take_off_blocks(uint32_t, const char*, size_t, char*) { return 0; }
#endif

size_t take_off_words(uint32_t key, const char* from, size_t size, char* to) {
  const uint64_t wide = uint64_t{key} << 32 | key;
  size_t at = 0;
  for (; at + sizeof wide <= size; at += sizeof wide) {
    uint64_t word = 0;
    std::memcpy(&word, from + at, sizeof word);
    word ^= wide;
    std::memcpy(to + at, &word, sizeof word);
  }
  return at;
}

}  // namespace

void WsMask::take_off(const char* from, size_t size, char* to) {
  std::array<char, kSize> key;
  std::memcpy(key.data(), &key_, kSize);
  size_t begin = take_off_blocks(key_, from, size, to);
  begin += take_off_words(key_, from + begin, size - begin, to + begin);
  for (size_t at = begin; at < size; ++at) {
    to[at] = static_cast<char>(from[at] ^ key[at % kSize]);
  }
  std::array<char, kSize> next;
  for (size_t at = 0; at < kSize; ++at) next[at] = key[(size + at) % kSize];
  std::memcpy(&key_, next.data(), kSize);
}

}  // namespace myelin
