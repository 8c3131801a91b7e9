#include "hosts/common/entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "core/base/check.h"

namespace myelin {
namespace {

constexpr size_t kNonceSize = 11;
constexpr size_t kSecretSize = 32;

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

std::string random_nonce() {
  std::string nonce(kNonceSize, '\0');
  fill(nonce.data(), nonce.size());
  return nonce;
}

ServerSecrets random_secrets() {
  ServerSecrets secrets{.identity_seed = std::string(kSecretSize, '\0'),
                        .curve_seed = std::string(kSecretSize, '\0')};
  fill(secrets.identity_seed.data(), kSecretSize);
  fill(secrets.curve_seed.data(), kSecretSize);
  return secrets;
}

Seed random_seed() {
  Seed seed{};
  fill(reinterpret_cast<char*>(seed.data()), sizeof seed);
  return seed;
}

}  // namespace myelin
