#include "core/base/buffer.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/base/check.h"

namespace myelin {

Buffer Buffer::allocate(uint32_t capacity) {
  INVARIANT(capacity <= SIZE_MAX - sizeof(Block));
  void* memory = std::malloc(sizeof(Block) + capacity);
  INVARIANT(memory != nullptr);
  return Buffer(new (memory) Block{.references = 1, .capacity = capacity});
}

Buffer Buffer::copy_of(std::string_view bytes) {
  INVARIANT(bytes.size() <= UINT32_MAX);
  Buffer buffer = allocate(static_cast<uint32_t>(bytes.size()));
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return buffer;
}

void Buffer::release() {
  if (block_ != nullptr && --block_->references == 0) std::free(block_);
}

}  // namespace myelin
