#include "hosts/common/lz4_block.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "core/base/little_endian.h"

namespace myelin {
namespace {

constexpr size_t kMatchMin = 4;
constexpr size_t kLastLiterals = 5;
constexpr size_t kLastMatch = 12;  // before the end
constexpr size_t kDistanceMax = 65535;
constexpr size_t kShort = 15;  // lengths from here on are continued
constexpr unsigned kTableBits = 12;
// Where nothing matches, steps grow by one for each so many bytes.
constexpr unsigned kPatienceShift = 6;

uint32_t read_four(std::string_view bytes, size_t at) {
  uint32_t four = 0;
  std::memcpy(&four, bytes.data() + at, sizeof(four));
  return four;
}

size_t slot_of(uint32_t four) { return four * 2654435761U >> (32 - kTableBits); }

void put_rest(size_t length, std::string& to) {
  if (length < kShort) return;
  for (length -= kShort; length >= 255; length -= 255) to += '\xff';
  to += static_cast<char>(length);
}

void put_literals(std::string_view literals, size_t match, std::string& to) {
  const size_t upper = literals.size() < kShort ? literals.size() : kShort;
  const size_t lower = match < kShort ? match : kShort;
  to += static_cast<char>(upper << 4 | lower);
  put_rest(literals.size(), to);
  to += literals;
}

size_t match_length(std::string_view bytes, size_t from, size_t at) {
  const size_t end = bytes.size() - kLastLiterals;
  size_t length = kMatchMin;
  while (at + length < end && bytes[from + length] == bytes[at + length]) ++length;
  return length;
}

// A length that may be continued; false: the block ends in it.
bool take_rest(std::string_view& block, size_t& length) {
  if (length < kShort) return true;
  for (;;) {
    if (block.empty()) return false;
    const auto more = static_cast<unsigned char>(block.front());
    block.remove_prefix(1);
    length += more;
    if (more != 255) return true;
  }
}

}  // namespace

bool pack_lz4_block(std::string_view bytes, size_t size_max, std::string& to) {
  std::array<uint32_t, size_t{1} << kTableBits> seen{};  // the place after; 0: nowhere
  size_t begin = 0;                                      // of what is not packed yet
  for (size_t at = 0; at + kLastMatch < bytes.size();) {
    const uint32_t four = read_four(bytes, at);
    uint32_t& last = seen[slot_of(four)];
    const size_t from = last;
    last = static_cast<uint32_t>(at + 1);
    if (from == 0 || at + 1 - from > kDistanceMax || read_four(bytes, from - 1) != four) {
      at += 1 + ((at - begin) >> kPatienceShift);
      continue;
    }
    const size_t length = match_length(bytes, from - 1, at);
    put_literals(bytes.substr(begin, at - begin), length - kMatchMin, to);
    const size_t distance = at + 1 - from;
    append_little(to, static_cast<uint16_t>(distance));
    put_rest(length - kMatchMin, to);
    at += length;
    begin = at;
    if (to.size() > size_max) return false;
  }
  put_literals(bytes.substr(begin), 0, to);
  return to.size() <= size_max;
}

std::optional<std::string> unpack_lz4_block(std::string_view block, size_t size) {
  std::string plain;
  plain.reserve(size);
  while (!block.empty()) {
    const auto token = static_cast<unsigned char>(block.front());
    block.remove_prefix(1);
    size_t literals = token >> 4;
    if (!take_rest(block, literals)) return std::nullopt;
    if (literals > block.size() || literals > size - plain.size()) return std::nullopt;
    plain += block.substr(0, literals);
    block.remove_prefix(literals);
    if (block.empty()) break;
    if (block.size() < 2) return std::nullopt;
    const size_t distance = load_little<uint16_t>(block.data());
    block.remove_prefix(2);
    size_t length = token & 0xf;
    if (!take_rest(block, length)) return std::nullopt;
    length += kMatchMin;
    if (distance == 0 || distance > plain.size()) return std::nullopt;
    if (length > size - plain.size()) return std::nullopt;
    // A match may run into what it makes.
    for (; length > 0; --length) plain += plain[plain.size() - distance];
  }
  if (plain.size() != size) return std::nullopt;
  return plain;
}

}  // namespace myelin
