// Deflater: permessage-deflate (RFC 7692) of what a server writes, with Beast's zlib. Nothing is
// kept from one message to the next (no context takeover), so one serves all links of a thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/base/buffer.h"

namespace myelin {

class Deflater {
 public:
  Deflater();
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // The payload of one message; nothing if it would not be smaller.
  std::optional<Chunk> deflate(const std::vector<Chunk>& chunks);

 private:
  class Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace myelin
