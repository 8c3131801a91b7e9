#include "hosts/common/entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "core/base/check.h"

namespace myelin {
namespace {

void fill(char* to, size_t size) {
  while (size > 0) {
    const ssize_t got = getrandom(to, size, 0);
    if (got < 0 && errno == EINTR) continue;
    INVARIANT(got > 0);
    to += got;
    size -= static_cast<size_t>(got);
  }
}

}  // namespace

std::string random_bytes(size_t size) {
  std::string bytes(size, '\0');
  fill(bytes.data(), bytes.size());
  return bytes;
}

Seed random_seed() {
  Seed seed{};
  fill(reinterpret_cast<char*>(seed.data()), sizeof seed);
  return seed;
}

}  // namespace myelin
