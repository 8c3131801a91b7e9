#include "core/base/buffer.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/base/check.h"

namespace myelin {

Buffer Buffer::allocate(uint32_t capacity) {
  const size_t size = sizeof(Block) + capacity;
  INVARIANT(size > capacity);  // size_t has 32 bits in WebAssembly
  void* memory = std::malloc(size);
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
