// The conditions a request for a file may carry (RFC 9110, 13 and 14): what the asker already has,
// and which part it wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace myelin {

// Part of a file: `size` bytes from `begin`.
struct ByteRange {
  uint64_t begin = 0;
  uint64_t size = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class RangeAnswer {
  kWhole,         // none was asked for, or one that need not be understood
  kPart,          // 206
  kUnsatisfiable  // 416
};

// `header` is Range's value. Several ranges in one request are answered with the whole.
RangeAnswer parse_range(std::string_view header, uint64_t file_size, ByteRange& range);

// Whether an If-None-Match names `etag`, which is written with its quotes.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace myelin
