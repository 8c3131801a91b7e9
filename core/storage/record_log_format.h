// RecordLogFormat: the bytes of segment headers, record headers and file names, as
// docs/storage-format.md draws them. Pure functions: what is read here is checked here, and nothing
// is believed before its checksum.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/buffer.h"

namespace myelin {

inline constexpr uint32_t kSegmentVersion = 1;
inline constexpr size_t kSegmentHeaderSize = 96;  // two copies

inline constexpr size_t kRecordHeaderSizeMin = 17;
inline constexpr size_t kRecordHeaderSizeMax = 25;
// More than any message: payload and headers are at most 64 MiB each.
inline constexpr uint32_t kRecordPayloadMax = 160 * 1024 * 1024;
inline constexpr uint8_t kRecordKindMax = 125;           // the owner's
inline constexpr uint8_t kRecordKindUnsure = 126;        // lists lost ranges that may be none
inline constexpr uint8_t kRecordKindEnd = 127;           // closes a rewritten segment
inline constexpr uint32_t kVouchesNothing = 0xffffffff;  // an open_size

// What a record's header checksum begins with.
struct SegmentKey {
  uint64_t salt = 0;
  uint64_t segment = 0;
  uint32_t revision = 0;
};

struct SegmentHeader {
  uint32_t version = kSegmentVersion;
  SegmentKey key;
  uint64_t base = 0;
  uint64_t synced = 0;
};

struct RecordHeader {
  uint32_t size = 0;  // of the payload
  uint32_t open_size = kVouchesNothing;
  uint8_t kind = 0;
  std::optional<uint64_t> sequence;
  uint32_t payload_crc = 0;
};

struct EncodedRecordHeader {
  std::array<std::byte, kRecordHeaderSizeMax> bytes;
  size_t size = 0;

  Bytes view() const { return Bytes(bytes).first(size); }
};

std::array<std::byte, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header);
// Of the first copy that is whole. The version is for the caller to judge.
std::optional<SegmentHeader> decode_segment_header(Bytes bytes);

inline size_t record_header_size(bool has_sequence) {
  return has_sequence ? kRecordHeaderSizeMax : kRecordHeaderSizeMin;
}
EncodedRecordHeader encode_record_header(const RecordHeader& header, const SegmentKey& key,
                                         uint64_t offset);
// `bytes` begin at `offset` of the segment and may be longer than the header.
std::optional<RecordHeader> decode_record_header(Bytes bytes, const SegmentKey& key,
                                                 uint64_t offset);

// The payload of a kRecordKindUnsure: a range that could not be read and that nothing vouched for.
struct UnsureRange {
  uint64_t segment = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};
inline constexpr size_t kUnsureRangeSize = 24;
std::array<std::byte, kUnsureRangeSize> encode_unsure_range(const UnsureRange& range);
std::optional<UnsureRange> decode_unsure_range(Bytes payload);

struct SegmentName {
  uint64_t segment = 0;
  uint32_t revision = 0;
};
std::string segment_file_name(std::string_view folder, SegmentName name);
// Of a name without its folder; nothing for names this log did not give.
std::optional<SegmentName> parse_segment_file_name(std::string_view name);

}  // namespace myelin
