// The mathematics a host lends the core: keys (hosts/common/keys.h), and compression of what
// streams keep, by LZ4.
//
//     u32, little-endian: size of the original      an LZ4 block
//
// LZ4 because it needs no context of its own to be made for each piece, and is plain C that every
// host can have. It says nothing of damage: records have checksums.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/server.h"
#include "hosts/common/keys.h"

namespace myelin {

// Nothing if the result would be larger than `size_max`.
std::optional<std::string> lz4_compress(std::string_view bytes, size_t size_max);
// Nothing if it is damaged, or would be larger than `size_max`.
std::optional<std::string> lz4_decompress(std::string_view bytes, size_t size_max);

inline Codecs codecs() {
  return {.compress = lz4_compress, .decompress = lz4_decompress, .keys = key_codecs()};
}

}  // namespace myelin
