// Keys as text: what is read is written again to the letter, and nothing else is a key.
#include <string>

#include "core/base/text.h"
#include "core/identity/nkey.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const std::string text(input.rest());

  if (const auto key = decode_nkey(text)) {
    REQUIRE_THAT(key->key.size() == 32);
    REQUIRE_THAT(encode_nkey(key->kind, key->key) == text);
    REQUIRE_THAT(is_nkey(text, key->kind));
    REQUIRE_THAT(!decode_nkey_seed(text));
  }
  if (const auto seed = decode_nkey_seed(text)) {
    REQUIRE_THAT(seed->key.size() == 32);
    REQUIRE_THAT(encode_nkey_seed(seed->kind, seed->key) == text);
  }
  // Whatever 32 bytes there are make a key that is read back.
  std::string key = text.substr(0, 32);
  key.resize(32);
  const auto made = decode_nkey(encode_nkey(NkeyKind::kUser, key));
  REQUIRE_THAT(made && made->key == key);

  REQUIRE_THAT(decode_base64(base64(text)) == text);
  REQUIRE_THAT(decode_base64_url(base64_url(text)) == text);
  REQUIRE_THAT(decode_base32(base32(text)) == text);
  (void)decode_base64(text);
  (void)decode_base64_url(text);
  (void)decode_base32(text);
  return 0;
}
