// The codecs of hosts that cannot link LZ4's library; their bytes are read by those that can.
#include <cstdint>

#include "core/base/little_endian.h"
#include "hosts/common/codecs.h"
#include "hosts/common/lz4_block.h"

namespace myelin {
namespace {

constexpr size_t kHeaderSize = sizeof(uint32_t);

}  // namespace

std::optional<std::string> lz4_compress(std::string_view bytes, size_t size_max) {
  if (bytes.size() > INT32_MAX || size_max <= kHeaderSize) return std::nullopt;
  std::string packed;
  append_little(packed, static_cast<uint32_t>(bytes.size()));
  if (!pack_lz4_block(bytes, size_max, packed)) return std::nullopt;
  return packed;
}

std::optional<std::string> lz4_decompress(std::string_view bytes, size_t size_max) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  const auto size = load_little<uint32_t>(bytes.data());
  if (size > size_max) return std::nullopt;
  return unpack_lz4_block(bytes.substr(kHeaderSize), size);
}

}  // namespace myelin
