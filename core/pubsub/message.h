// Message: one published message on its way to those who take it. Everything is borrowed from the
// publisher's operation and good until the publish returns.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/buffer.h"

namespace myelin {

class Client;

struct Message {
  std::string_view subject;  // after mappings
  std::string_view reply;    // empty: none
  std::string_view content;  // headers, then payload; CR LF follow it in memory
  uint32_t header_size = 0;  // 0: no headers
  std::string_view header_size_text;
  std::string_view size_text;    // deliveries repeat the publisher's digits
  const Buffer* held = nullptr;  // the Buffer that `content` begins, if it is in one
  Client* publisher = nullptr;
};

}  // namespace myelin
