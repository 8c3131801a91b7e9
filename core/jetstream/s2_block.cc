#include "core/jetstream/s2_block.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "core/base/check.h"
#include "core/base/little_endian.h"

namespace myelin {
namespace {

constexpr unsigned kTagLiteral = 0;
constexpr unsigned kTagCopy1 = 1;  // eleven bits of distance, three of length
constexpr unsigned kTagCopy2 = 2;  // sixteen bits, six of length

// Writing -------------------------------------------------------------------------------------

constexpr size_t kMatchMin = 4;
constexpr size_t kCopyMax = 64;
constexpr int kHashBits = 13;

size_t hash_of(uint32_t four_bytes) { return four_bytes * 0x1e35a7bdu >> (32 - kHashBits); }

void write_literal(std::string_view bytes, std::string& to) {
  if (bytes.empty()) return;
  const size_t less_one = bytes.size() - 1;
  if (less_one < 60) {
    to += static_cast<char>(less_one << 2 | kTagLiteral);
  } else {
    to += static_cast<char>(61 << 2 | kTagLiteral);
    append_little(to, static_cast<uint16_t>(less_one));
  }
  to += bytes;
}

void write_copy(size_t distance, size_t length, std::string& to) {
  while (length > 0) {
    const size_t part = length < kCopyMax ? length : kCopyMax;
    to += static_cast<char>((part - 1) << 2 | kTagCopy2);
    append_little(to, static_cast<uint16_t>(distance));
    length -= part;
  }
}

size_t match_length(std::string_view bytes, size_t earlier, size_t later) {
  size_t length = kMatchMin;
  while (later + length < bytes.size() && bytes[earlier + length] == bytes[later + length]) {
    ++length;
  }
  return length;
}

// Reading -------------------------------------------------------------------------------------

class Decoder {
 public:
  Decoder(std::string_view block, char* to, size_t size) : rest_(block), to_(to), size_(size) {}

  bool decode() {
    while (!rest_.empty()) {
      const unsigned tag = take_byte();
      if (!((tag & 3) == kTagLiteral ? take_literal(tag >> 2) : take_copy(tag))) return false;
    }
    return done_ == size_;
  }

 private:
  unsigned take_byte() {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  std::optional<size_t> take_number(size_t byte_count) {
    if (rest_.size() < byte_count) return std::nullopt;
    uint32_t number = 0;
    for (size_t at = 0; at < byte_count; ++at) number |= uint32_t{take_byte()} << (8 * at);
    return number;
  }

  bool take_literal(size_t length_less_one) {
    if (length_less_one >= 60) {
      const std::optional<size_t> number = take_number(length_less_one - 59);
      if (!number || *number >= kS2BlockSizeMax) return false;
      length_less_one = *number;
    }
    const size_t length = length_less_one + 1;
    if (length > rest_.size() || length > size_ - done_) return false;
    std::memcpy(to_ + done_, rest_.data(), length);
    done_ += length;
    rest_.remove_prefix(length);
    return true;
  }

  bool take_copy(unsigned tag) {
    if ((tag & 3) == kTagCopy1) return take_short_copy(tag);
    const std::optional<size_t> distance = take_number((tag & 3) == kTagCopy2 ? 2 : 4);
    if (!distance) return false;
    distance_ = *distance;
    return copy((tag >> 2) + 1);
  }

  bool take_short_copy(unsigned tag) {
    const std::optional<size_t> low = take_number(1);
    if (!low) return false;
    const size_t distance = size_t{tag & 0xe0} << 3 | *low;
    size_t length = tag >> 2 & 7;
    if (distance != 0) {
      distance_ = distance;
    } else if (length >= 5) {
      // A repeat's length: so many bytes of it, beyond what a shorter form could say.
      const size_t byte_count = length - 4;
      const std::optional<size_t> more = take_number(byte_count);
      if (!more) return false;
      length = *more + (byte_count == 1 ? 4 : size_t{1} << (8 * (byte_count - 1)));
    }
    return copy(length + kMatchMin);
  }

  // A copy may reach into itself: then it repeats.
  bool copy(size_t length) {
    if (distance_ == 0 || distance_ > done_ || length > size_ - done_) return false;
    char* const to = to_ + done_;
    const char* const from = to - distance_;
    if (distance_ >= length) {
      std::memcpy(to, from, length);
    } else {
      for (size_t at = 0; at < length; ++at) to[at] = from[at];
    }
    done_ += length;
    return true;
  }

  std::string_view rest_;
  char* to_;
  size_t size_;
  size_t done_ = 0;
  size_t distance_ = 0;
};

}  // namespace

void s2_compress(std::string_view bytes, std::string& to) {
  INVARIANT(bytes.size() <= kS2WrittenBlockSizeMax);
  append_varint(to, bytes.size());
  std::array<uint16_t, size_t{1} << kHashBits> seen{};  // where such four bytes were last
  size_t written = 0;
  size_t at = 1;
  while (at + kMatchMin <= bytes.size()) {
    const auto here = load_little<uint32_t>(&bytes[at]);
    uint16_t& place = seen[hash_of(here)];
    const size_t earlier = place;
    place = static_cast<uint16_t>(at);
    if (earlier >= at || load_little<uint32_t>(&bytes[earlier]) != here) {
      // What does not compress is passed over in larger and larger steps.
      at += 1 + (at - written) / 32;
      continue;
    }
    const size_t length = match_length(bytes, earlier, at);
    write_literal(bytes.substr(written, at - written), to);
    write_copy(at - earlier, length, to);
    at += length;
    written = at;
  }
  write_literal(bytes.substr(written), to);
}

bool s2_decompress(std::string_view block, std::string& to) {
  const std::optional<uint64_t> size = take_varint(block);
  if (!size || *size > kS2BlockSizeMax) return false;
  to.resize(static_cast<size_t>(*size));
  return Decoder(block, to.data(), to.size()).decode();
}

}  // namespace myelin
