// LZ4's block format, written out for hosts that cannot link the library: WebAssembly. What one
// packs the other unpacks; the library is faster, and packs a little better.
//
//     token       literals in the upper four bits, match length less 4 in the lower; 15: more
//                 follows, in bytes of up to 255
//     literals
//     u16         how far back the match begins; then the rest of its length
//
// The last five bytes are literals, and the last match begins twelve bytes before the end or
// sooner.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// Appends the block to `to`. False: it would make `to` larger than `size_max`.
bool pack_lz4_block(std::string_view bytes, size_t size_max, std::string& to);
// Nothing if it is damaged, or does not unpack to `size` bytes.
std::optional<std::string> unpack_lz4_block(std::string_view block, size_t size);

}  // namespace myelin
