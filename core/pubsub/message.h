// Message: one published message on its way to those who take it. Everything is borrowed from the
// publisher's operation: good until the publish returns, and until the client's next operation if a
// client published it.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/buffer.h"

namespace myelin {

class Client;
class MessageTrace;
struct Passage;

struct Message {
  std::string_view subject;    // after mappings; what takers are shown
  std::string_view reply;      // empty: none
  std::string_view content;    // headers, then payload
  uint32_t header_size = 0;    // 0: no headers
  bool keeps_subject = false;  // taken under another subject than shown, which stays as it is
  std::string_view header_size_text;
  std::string_view size_text;     // deliveries repeat the publisher's digits
  const Buffer* held = nullptr;   // the Buffer that holds `content` and CR LF behind it, if any
  Client* publisher = nullptr;    // nullptr: the server itself
  Passage* passage = nullptr;     // by which it came from another account's import of a service
  MessageTrace* trace = nullptr;  // told what becomes of it, if any
};

}  // namespace myelin
