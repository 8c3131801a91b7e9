#include "core/jetstream/s2_stream.h"

#include <algorithm>
#include <utility>

#include "core/base/crc32c.h"
#include "core/base/little_endian.h"
#include "core/jetstream/s2_block.h"

namespace myelin {
namespace {

constexpr std::string_view kStreamIdentifier("\xff\x06\x00\x00S2sTwO", 10);
constexpr std::string_view kSnappyName("\xff\x06\x00\x00sNaPpY", 10);
constexpr std::string_view kNameBody = "S2sTwO";
constexpr std::string_view kSnappyNameBody = "sNaPpY";

enum ChunkType : uint8_t {
  kCompressed = 0x00,
  kUncompressed = 0x01,
  kSkippable = 0x80,  // and all above it
  kStreamName = 0xff,
};

constexpr size_t kChecksumSize = 4;
// A block that did not shrink grows a little.
constexpr uint64_t kS2ChunkSizeMax = kS2BlockSizeMax + kS2BlockSizeMax / 64;

uint32_t masked_checksum(std::string_view bytes) {
  const uint32_t checksum = crc32c(0, as_bytes(bytes));
  return (checksum >> 15 | checksum << 17) + 0xa282ead8u;
}

Error corrupt() { return {Errc::kCorrupt, "s2: corrupt input"}; }

}  // namespace

void S2Writer::write(std::string_view bytes, std::string& to) {
  while (!bytes.empty()) {
    if (pending_.empty() && bytes.size() >= kS2WrittenBlockSizeMax) {
      write_chunk(bytes.substr(0, kS2WrittenBlockSizeMax), to);
      bytes.remove_prefix(kS2WrittenBlockSizeMax);
      continue;
    }
    const std::string_view part = bytes.substr(0, kS2WrittenBlockSizeMax - pending_.size());
    pending_ += part;
    bytes.remove_prefix(part.size());
    if (pending_.size() < kS2WrittenBlockSizeMax) return;
    write_chunk(pending_, to);
    pending_.clear();
  }
}

void S2Writer::finish(std::string& to) {
  if (!pending_.empty()) write_chunk(pending_, to);
  pending_.clear();
}

void S2Writer::write_chunk(std::string_view bytes, std::string& to) {
  if (!has_begun_) to += name_ == Name::kS2 ? kStreamIdentifier : kSnappyName;
  has_begun_ = true;
  block_.clear();
  s2_compress(bytes, block_);
  const bool shrinks = block_.size() < bytes.size() - bytes.size() / 8;
  const std::string_view body = shrinks ? std::string_view(block_) : bytes;
  const auto size = static_cast<uint32_t>(body.size() + kChecksumSize);
  append_little(to, size << 8 | (shrinks ? kCompressed : kUncompressed));
  append_little(to, masked_checksum(bytes));
  to += body;
}

Result<std::string_view> S2Reader::next(std::string_view& input) {
  while (!input.empty()) {
    if (missing_ == 0) {
      const size_t size = std::min(kHeadSize - head_.size(), input.size());
      head_ += input.substr(0, size);
      input.remove_prefix(size);
      if (head_.size() < kHeadSize) break;
      TRY(begin_chunk());
      if (missing_ > 0) continue;
    }
    const auto size = static_cast<size_t>(std::min<uint64_t>(missing_, input.size()));
    if (!is_skipped_) body_ += input.substr(0, size);
    input.remove_prefix(size);
    missing_ -= size;
    if (missing_ > 0) break;
    const Result<bool> has_bytes = end_chunk();
    if (!has_bytes.ok()) return has_bytes.error();
    if (has_bytes.value()) return std::string_view(plain_);
  }
  return std::string_view();
}

Status S2Reader::begin_chunk() {
  const auto head = load_little<uint32_t>(head_.data());
  const auto type = static_cast<uint8_t>(head & 0xff);
  missing_ = head >> 8;
  is_skipped_ = type >= kSkippable && type != kStreamName;
  if (!has_name_ && type != kStreamName) return corrupt();
  if (type > kUncompressed && type < kSkippable) {
    return Error{Errc::kUnsupported, "s2: unsupported input"};
  }
  if (!is_skipped_ && missing_ > kS2ChunkSizeMax) return corrupt();
  if (type == kStreamName && missing_ != kNameBody.size()) return corrupt();
  return kOk;
}

// Whether plain_ has something to give.
Result<bool> S2Reader::end_chunk() {
  const auto type = static_cast<uint8_t>(head_.front());
  const std::string body = std::exchange(body_, {});
  head_.clear();
  if (is_skipped_) return false;
  if (type == kStreamName) {
    has_name_ = body == kNameBody || body == kSnappyNameBody;
    if (!has_name_) return corrupt();
    return false;
  }
  if (body.size() < kChecksumSize) return corrupt();
  const std::string_view content = std::string_view(body).substr(kChecksumSize);
  if (type == kUncompressed) {
    if (content.size() > kS2BlockSizeMax) return corrupt();
    plain_ = content;
  } else if (!s2_decompress(content, plain_)) {
    return corrupt();
  }
  if (masked_checksum(plain_) != load_little<uint32_t>(body.data())) {
    return Error{Errc::kCorrupt, "s2: CRC mismatch, corrupt input"};
  }
  return !plain_.empty();
}

}  // namespace myelin
