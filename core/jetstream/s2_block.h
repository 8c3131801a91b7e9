// S2 blocks: one piece of bytes, made smaller by naming what was there before. What is written here
// is Snappy's part of the format, which every S2 reader reads; what is read is all of it.
//
//     size (varint)   then   literal: tag, bytes
//                            copy:    tag, how far back, how long
//                            repeat:  a copy from as far back as the one before (S2 alone)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// A block holds at most so much, as S2's own writers have it.
inline constexpr size_t kS2BlockSizeMax = 4 * 1024 * 1024;
// What is compressed here: further back than this no copy reaches.
inline constexpr size_t kS2WrittenBlockSizeMax = 64 * 1024;

// Appends the block. `bytes` are at most kS2WrittenBlockSizeMax.
void s2_compress(std::string_view bytes, std::string& to);

// False if the bytes are no block; then `to`, which is replaced, holds nothing of use.
bool s2_decompress(std::string_view block, std::string& to);

}  // namespace myelin
