#include "hosts/common/keys.h"

#include <sodium.h>

namespace myelin {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// A secret that leaves nothing behind it in memory.
class Secret {
 public:
  ~Secret() { sodium_memzero(bytes, sizeof bytes); }
  unsigned char bytes[crypto_sign_SECRETKEYBYTES];
};

std::optional<std::string> expand(std::string_view seed, Secret& secret) {
  if (seed.size() != crypto_sign_SEEDBYTES) return std::nullopt;
  std::string key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_seed_keypair(bytes_of(key), secret.bytes, bytes_of(seed));
  return key;
}

std::optional<std::string> ed25519_public_key(std::string_view seed) {
  Secret secret;
  return expand(seed, secret);
}

std::optional<std::string> sign_ed25519(std::string_view seed, std::string_view message) {
  Secret secret;
  if (!expand(seed, secret)) return std::nullopt;
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(message), message.size(),
                       secret.bytes);
  return signature;
}

bool verify_ed25519(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES) return false;
  if (signature.size() != crypto_sign_BYTES) return false;
  return crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                     bytes_of(public_key)) == 0;
}

std::optional<std::string> x25519_public_key(std::string_view seed) {
  if (seed.size() != crypto_scalarmult_SCALARBYTES) return std::nullopt;
  std::string key(crypto_scalarmult_BYTES, '\0');
  if (crypto_scalarmult_base(bytes_of(key), bytes_of(seed)) != 0) return std::nullopt;
  return key;
}

bool are_of_a_box(std::string_view seed, std::string_view public_key, std::string_view nonce) {
  return seed.size() == crypto_box_SECRETKEYBYTES &&
         public_key.size() == crypto_box_PUBLICKEYBYTES && nonce.size() == crypto_box_NONCEBYTES;
}

std::optional<std::string> seal_box(std::string_view seed, std::string_view public_key,
                                    std::string_view nonce, std::string_view bytes) {
  if (!are_of_a_box(seed, public_key, nonce)) return std::nullopt;
  std::string sealed(bytes.size() + crypto_box_MACBYTES, '\0');
  const int failed = crypto_box_easy(bytes_of(sealed), bytes_of(bytes), bytes.size(),
                                     bytes_of(nonce), bytes_of(public_key), bytes_of(seed));
  if (failed != 0) return std::nullopt;
  return sealed;
}

std::optional<std::string> open_box(std::string_view seed, std::string_view public_key,
                                    std::string_view nonce, std::string_view bytes) {
  if (!are_of_a_box(seed, public_key, nonce) || bytes.size() < crypto_box_MACBYTES) {
    return std::nullopt;
  }
  std::string opened(bytes.size() - crypto_box_MACBYTES, '\0');
  const int failed = crypto_box_open_easy(bytes_of(opened), bytes_of(bytes), bytes.size(),
                                          bytes_of(nonce), bytes_of(public_key), bytes_of(seed));
  if (failed != 0) return std::nullopt;
  return opened;
}

}  // namespace

KeyCodecs key_codecs() {
  if (sodium_init() < 0) return {};
  return {.ed25519_public_key = ed25519_public_key,
          .sign_ed25519 = sign_ed25519,
          .verify_ed25519 = verify_ed25519,
          .x25519_public_key = x25519_public_key,
          .seal_box = seal_box,
          .open_box = open_box};
}

}  // namespace myelin
