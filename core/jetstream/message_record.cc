#include "core/jetstream/message_record.h"

#include <bit>
#include <cstring>

#include "core/storage/record_log_format.h"

namespace myelin {
namespace {

template <class T>
void put(std::byte*& to, T value) {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(to, &value, sizeof(T));
    to += sizeof(T);
  } else {
    for (size_t i = 0; i < sizeof(T); ++i) *to++ = static_cast<std::byte>(value >> (8 * i));
  }
}

template <class T>
T take(const std::byte*& from) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, sizeof(T));
    from += sizeof(T);
  } else {
    for (size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(*from++) << (8 * i)));
    }
  }
  return value;
}

WallTime take_time(const std::byte*& from) { return {static_cast<int64_t>(take<uint64_t>(from))}; }

void put_varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

std::optional<uint64_t> take_varint(Bytes& from) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = std::to_integer<uint64_t>(from.front());
    from = from.subspan(1);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

}  // namespace

uint8_t kind_of(const MessageRecord& message) {
  if (message.plain_size) {
    return message.expires ? kRecordKindCompressedExpiringMessage : kRecordKindCompressedMessage;
  }
  return message.expires ? kRecordKindExpiringMessage : kRecordKindMessage;
}

size_t plain_payload_size(const MessageRecord& message) {
  const size_t head_size = kMessageHeadSize + (message.expires ? kExpirySize : 0);
  return head_size + message.subject.size() +
         message.plain_size.value_or(static_cast<uint32_t>(message.content.size()));
}

EncodedMessageHead encode_message_head(const MessageRecord& message) {
  EncodedMessageHead head;
  std::byte* to = head.bytes.data();
  put(to, static_cast<uint64_t>(message.time.unix_ns));
  put(to, static_cast<uint16_t>(message.subject.size()));
  put(to, message.header_size);
  if (message.expires) put(to, static_cast<uint64_t>(message.expires->unix_ns));
  if (message.plain_size) put(to, *message.plain_size);
  head.size = static_cast<size_t>(to - head.bytes.data());
  return head;
}

std::optional<MessageRecord> decode_message(uint8_t kind, Bytes payload) {
  const bool is_compressed =
      kind == kRecordKindCompressedMessage || kind == kRecordKindCompressedExpiringMessage;
  const bool has_expiry =
      kind == kRecordKindExpiringMessage || kind == kRecordKindCompressedExpiringMessage;
  const size_t head_size =
      kMessageHeadSize + (has_expiry ? kExpirySize : 0) + (is_compressed ? kPlainSizeSize : 0);
  if (payload.size() < head_size) return std::nullopt;
  const std::byte* from = payload.data();
  MessageRecord message;
  message.time = take_time(from);
  const auto subject_size = take<uint16_t>(from);
  message.header_size = take<uint32_t>(from);
  if (has_expiry) message.expires = take_time(from);
  if (is_compressed) message.plain_size = take<uint32_t>(from);
  std::string_view rest = as_text(payload.subspan(head_size));
  if (subject_size == 0 || rest.size() < subject_size) return std::nullopt;
  message.subject = rest.substr(0, subject_size);
  message.content = rest.substr(subject_size);
  const size_t content_size =
      message.plain_size.value_or(static_cast<uint32_t>(message.content.size()));
  if (message.header_size > content_size || content_size < message.content.size() ||
      content_size > kRecordPayloadMax || plain_payload_size(message) > kRecordPayloadMax) {
    return std::nullopt;
  }
  return message;
}

std::array<std::byte, kMarkSize> encode_mark(const Mark& mark) {
  std::array<std::byte, kMarkSize> bytes;
  std::byte* to = bytes.data();
  put(to, mark.last_sequence);
  put(to, static_cast<uint64_t>(mark.last_time.unix_ns));
  return bytes;
}

std::optional<Mark> decode_mark(Bytes payload) {
  if (payload.size() != kMarkSize) return std::nullopt;
  const std::byte* from = payload.data();
  Mark mark;
  mark.last_sequence = take<uint64_t>(from);
  mark.last_time = take_time(from);
  return mark;
}

std::string encode_ranges(const std::vector<SequenceRange>& ranges) {
  std::string encoded;
  uint64_t before = 0;
  for (const auto& [first, last] : ranges) {
    put_varint(encoded, first - before);
    put_varint(encoded, last - first);
    before = last;
  }
  return encoded;
}

std::vector<SequenceRange> decode_ranges(Bytes payload) {
  std::vector<SequenceRange> ranges;
  uint64_t before = 0;
  while (!payload.empty()) {
    const auto gap = take_varint(payload);
    const auto length = take_varint(payload);
    if (!gap || !length || *gap > UINT64_MAX - before) break;
    const uint64_t first = before + *gap;
    if (*length > UINT64_MAX - first) break;
    ranges.emplace_back(first, first + *length);
    before = first + *length;
  }
  return ranges;
}

}  // namespace myelin
