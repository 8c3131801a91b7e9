// Encoding: how an answer of the system account is packed, for whoever asked for it.
//
// What asks for gzip gets its frame around the bytes as they are: the core compresses as Snappy
// does, and no other way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace myelin {

enum class Encoding : uint8_t { kNone, kSnappy, kGzip, kIdentity };

// What the header Accept-Encoding of a request asks for. `headers` may be empty.
Encoding accepted_encoding(std::string_view headers);
// The same, of the header's value; empty: there is none.
Encoding encoding_wanted(std::string_view value);

// The headers and the bytes; `header_size` is 0 where there is nothing to say.
struct Encoded {
  std::string content;
  size_t header_size = 0;
};
Encoded encoded(std::string_view bytes, Encoding encoding);

}  // namespace myelin
