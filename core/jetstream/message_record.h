// MessageRecord: the payloads of the records that a stream's log is made of, as
// docs/storage-format.md draws them.
//
//     message   time, subject, headers, payload [, when it expires]; headers and payload may be
//               compressed together, and then it says how large they were
//     removed   ranges of sequences that are no more
//     mark      the last sequence given out so far, and when
//
// Pure functions over bytes. What is read here may say anything: it is checked, and nothing is
// believed but what fits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/time.h"

namespace myelin {

inline constexpr uint8_t kRecordKindMessage = 1;
inline constexpr uint8_t kRecordKindExpiringMessage = 2;
inline constexpr uint8_t kRecordKindRemoved = 3;
inline constexpr uint8_t kRecordKindMark = 4;
inline constexpr uint8_t kRecordKindCompressedMessage = 5;
inline constexpr uint8_t kRecordKindCompressedExpiringMessage = 6;

inline constexpr size_t kMessageHeadSize = 14;
inline constexpr size_t kExpirySize = 8;
inline constexpr size_t kPlainSizeSize = 4;
inline constexpr size_t kMarkSize = 16;
inline constexpr size_t kMessageSubjectSizeMax = 65535;

inline bool is_message_kind(uint8_t kind) {
  return kind == kRecordKindMessage || kind == kRecordKindExpiringMessage ||
         kind == kRecordKindCompressedMessage || kind == kRecordKindCompressedExpiringMessage;
}

// What a message's record says beside its sequence.
struct MessageRecord {
  WallTime time;
  std::optional<WallTime> expires;
  std::string_view subject;
  std::string_view content;
  uint32_t header_size = 0;
  std::optional<uint32_t> plain_size;  // `content` is compressed, and was of this size
};

uint8_t kind_of(const MessageRecord& message);
// Of the record's payload, were nothing in it compressed.
size_t plain_payload_size(const MessageRecord& message);

struct EncodedMessageHead {
  std::array<std::byte, kMessageHeadSize + kExpirySize + kPlainSizeSize> bytes;
  size_t size = 0;

  Bytes view() const { return Bytes(bytes).first(size); }
};

// What stands before the subject and the content.
EncodedMessageHead encode_message_head(const MessageRecord& message);
std::optional<MessageRecord> decode_message(uint8_t kind, Bytes payload);

struct Mark {
  uint64_t last_sequence = 0;
  WallTime last_time;
};
std::array<std::byte, kMarkSize> encode_mark(const Mark& mark);
std::optional<Mark> decode_mark(Bytes payload);

// First and last.
using SequenceRange = std::pair<uint64_t, uint64_t>;
inline constexpr size_t kEncodedRangeSizeMax = 20;

// `ranges` ascend and do not touch.
std::string encode_ranges(const std::vector<SequenceRange>& ranges);
// As far as they make sense.
std::vector<SequenceRange> decode_ranges(Bytes payload);

}  // namespace myelin
