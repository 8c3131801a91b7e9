#include "core/storage/record_log_format.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "core/base/check.h"
#include "core/base/crc32c.h"

namespace myelin {
namespace {

constexpr std::string_view kLogMagic = "MYLG";
constexpr size_t kHeaderCopySize = kSegmentHeaderSize / 2;
constexpr size_t kHeaderCopyChecked = kHeaderCopySize - 4;
constexpr uint8_t kHasSequence = 0x80;
constexpr std::string_view kSuffix = ".log";
constexpr size_t kNumberDigits = 16;

// Writes and reads little-endian numbers one after the other; whoever makes one has seen that there
// is room.
class Cursor {
 public:
  explicit Cursor(std::byte* at) : at_(at) {}
  template <class T>
  void put(T value) {
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(at_, &value, sizeof(T));
      at_ += sizeof(T);
    } else {
      for (size_t i = 0; i < sizeof(T); ++i) *at_++ = static_cast<std::byte>(value >> (8 * i));
    }
  }
  std::byte* at() const { return at_; }

 private:
  std::byte* at_;
};

class ReadCursor {
 public:
  explicit ReadCursor(const std::byte* at) : at_(at) {}
  template <class T>
  T take() {
    T value = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&value, at_, sizeof(T));
      at_ += sizeof(T);
    } else {
      for (size_t i = 0; i < sizeof(T); ++i) {
        value = static_cast<T>(value | static_cast<T>(static_cast<T>(*at_++) << (8 * i)));
      }
    }
    return value;
  }

 private:
  const std::byte* at_;
};

std::optional<SegmentHeader> decode_copy(Bytes copy) {
  if (as_text(copy.first(kLogMagic.size())) != kLogMagic) return std::nullopt;
  ReadCursor crc(copy.data() + kHeaderCopyChecked);
  if (crc.take<uint32_t>() != crc32c(0, copy.first(kHeaderCopyChecked))) return std::nullopt;
  ReadCursor from(copy.data() + kLogMagic.size());
  SegmentHeader header;
  header.version = from.take<uint32_t>();
  header.key.segment = from.take<uint64_t>();
  header.key.revision = from.take<uint32_t>();
  header.base = from.take<uint64_t>();
  header.synced = from.take<uint64_t>();
  header.key.salt = from.take<uint64_t>();
  return header;
}

uint32_t header_crc(const SegmentKey& key, uint64_t offset, Bytes fields) {
  std::array<std::byte, 28> place;
  Cursor to(place.data());
  to.put(key.salt);
  to.put(key.segment);
  to.put(key.revision);
  to.put(offset);
  return crc32c(crc32c(0, place), fields);
}

template <class T>
bool parse_number(std::string_view digits, int base, T* number) {
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, *number, base);
  return failure == std::errc() && stop == end;
}

}  // namespace

std::array<std::byte, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header) {
  std::array<std::byte, kSegmentHeaderSize> bytes;
  std::memcpy(bytes.data(), kLogMagic.data(), kLogMagic.size());
  Cursor to(bytes.data() + kLogMagic.size());
  to.put(header.version);
  to.put(header.key.segment);
  to.put(header.key.revision);
  to.put(header.base);
  to.put(header.synced);
  to.put(header.key.salt);
  to.put(crc32c(0, Bytes(bytes).first(kHeaderCopyChecked)));
  INVARIANT(to.at() == bytes.data() + kHeaderCopySize);
  std::memcpy(bytes.data() + kHeaderCopySize, bytes.data(), kHeaderCopySize);
  return bytes;
}

std::optional<SegmentHeader> decode_segment_header(Bytes bytes) {
  for (int copy = 0; copy < 2; ++copy) {
    if (bytes.size() < kHeaderCopySize) return std::nullopt;
    if (auto header = decode_copy(bytes.first(kHeaderCopySize))) return header;
    bytes = bytes.subspan(kHeaderCopySize);
  }
  return std::nullopt;
}

EncodedRecordHeader encode_record_header(const RecordHeader& header, const SegmentKey& key,
                                         uint64_t offset) {
  EncodedRecordHeader encoded;
  Cursor to(encoded.bytes.data());
  to.put(header.size);
  to.put(header.open_size);
  to.put(static_cast<uint8_t>(header.kind | (header.sequence ? kHasSequence : 0)));
  if (header.sequence) to.put(*header.sequence);
  to.put(header.payload_crc);
  const auto checked = static_cast<size_t>(to.at() - encoded.bytes.data());
  to.put(header_crc(key, offset, Bytes(encoded.bytes).first(checked)));
  encoded.size = checked + 4;
  return encoded;
}

std::optional<RecordHeader> decode_record_header(Bytes bytes, const SegmentKey& key,
                                                 uint64_t offset) {
  if (bytes.size() < kRecordHeaderSizeMin) return std::nullopt;
  ReadCursor from(bytes.data());
  RecordHeader header;
  header.size = from.take<uint32_t>();
  header.open_size = from.take<uint32_t>();
  const auto kind = from.take<uint8_t>();
  header.kind = static_cast<uint8_t>(kind & ~kHasSequence);
  const size_t size = record_header_size((kind & kHasSequence) != 0);
  if (header.kind == 0 || header.size > kRecordPayloadMax || bytes.size() < size) {
    return std::nullopt;
  }
  if ((kind & kHasSequence) != 0) header.sequence = from.take<uint64_t>();
  header.payload_crc = from.take<uint32_t>();
  if (from.take<uint32_t>() != header_crc(key, offset, bytes.first(size - 4))) return std::nullopt;
  return header;
}

std::array<std::byte, kUnsureRangeSize> encode_unsure_range(const UnsureRange& range) {
  std::array<std::byte, kUnsureRangeSize> bytes;
  Cursor to(bytes.data());
  to.put(range.segment);
  to.put(range.offset);
  to.put(range.size);
  return bytes;
}

std::optional<UnsureRange> decode_unsure_range(Bytes payload) {
  if (payload.size() != kUnsureRangeSize) return std::nullopt;
  ReadCursor from(payload.data());
  UnsureRange range;
  range.segment = from.take<uint64_t>();
  range.offset = from.take<uint64_t>();
  range.size = from.take<uint64_t>();
  return range;
}

std::string segment_file_name(std::string_view folder, SegmentName name) {
  std::array<char, 24> digits;
  const auto number = std::to_chars(digits.data(), digits.data() + digits.size(), name.segment, 16);
  const auto count = static_cast<size_t>(number.ptr - digits.data());
  std::string text(folder);
  text += '/';
  text.append(kNumberDigits - count, '0');
  text.append(digits.data(), count);
  text += '.';
  const auto last = std::to_chars(digits.data(), digits.data() + digits.size(), name.revision).ptr;
  text.append(digits.data(), last);
  text += kSuffix;
  return text;
}

std::optional<SegmentName> parse_segment_file_name(std::string_view name) {
  if (!name.ends_with(kSuffix) || name.size() < kNumberDigits + 2 + kSuffix.size()) {
    return std::nullopt;
  }
  if (name[kNumberDigits] != '.') return std::nullopt;
  const std::string_view number = name.substr(0, kNumberDigits);
  const std::string_view revision =
      name.substr(kNumberDigits + 1, name.size() - kNumberDigits - 1 - kSuffix.size());
  SegmentName parsed;
  if (!parse_number(number, 16, &parsed.segment)) return std::nullopt;
  if (!parse_number(revision, 10, &parsed.revision)) return std::nullopt;
  // One name per segment: no capitals, no leading zeros.
  if (segment_file_name("", parsed).substr(1) != name) return std::nullopt;
  return parsed;
}

}  // namespace myelin
