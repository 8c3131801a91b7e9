// The mask of a client's frames (RFC 6455, 5.3): each byte of the payload xor the byte of the key
// whose turn it is. Taking it off is what a WebSocket costs a server per byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace myelin {

class WsMask {
 public:
  static constexpr size_t kSize = 4;

  WsMask() = default;
  // The four bytes as they stand in the header.
  explicit WsMask(const char* key) { std::memcpy(&key_, key, kSize); }

  // Takes the mask off the next `size` bytes of the payload. `to` may be `from` or before it.
  void take_off(const char* from, size_t size, char* to);

 private:
  uint32_t key_ = 0;  // its lowest byte in memory is the next byte's
};

}  // namespace myelin
