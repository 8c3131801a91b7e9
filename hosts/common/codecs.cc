#include "hosts/common/codecs.h"

#include <lz4.h>

#include <algorithm>
#include <cstdint>

#include "core/base/little_endian.h"

namespace myelin {
namespace {

constexpr size_t kHeaderSize = sizeof(uint32_t);

}  // namespace

std::optional<std::string> lz4_compress(std::string_view bytes, size_t size_max) {
  if (bytes.size() > LZ4_MAX_INPUT_SIZE || size_max <= kHeaderSize) return std::nullopt;
  const int size = static_cast<int>(bytes.size());
  const size_t room = static_cast<size_t>(LZ4_compressBound(size));
  std::string packed(std::min(room, size_max - kHeaderSize) + kHeaderSize, '\0');
  const int written = LZ4_compress_default(bytes.data(), packed.data() + kHeaderSize, size,
                                           static_cast<int>(packed.size() - kHeaderSize));
  if (written <= 0) return std::nullopt;
  store_little(packed.data(), static_cast<uint32_t>(bytes.size()));
  packed.resize(static_cast<size_t>(written) + kHeaderSize);
  return packed;
}

std::optional<std::string> lz4_decompress(std::string_view bytes, size_t size_max) {
  if (bytes.size() < kHeaderSize || bytes.size() > LZ4_MAX_INPUT_SIZE) return std::nullopt;
  const auto size = load_little<uint32_t>(bytes.data());
  if (size > size_max || size > LZ4_MAX_INPUT_SIZE) return std::nullopt;
  std::string plain(size, '\0');
  bytes.remove_prefix(kHeaderSize);
  const int written = LZ4_decompress_safe(
      bytes.data(), plain.data(), static_cast<int>(bytes.size()), static_cast<int>(plain.size()));
  if (written < 0 || static_cast<uint32_t>(written) != size) return std::nullopt;
  return plain;
}

}  // namespace myelin
