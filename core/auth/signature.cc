#include "core/auth/signature.h"

#include "core/base/text.h"
#include "core/identity/nkey.h"

namespace myelin {
namespace {

Error refused(const char* why) { return Error{Errc::kInvalid, why}; }

// A link that was opened before anybody had to sign was given nothing to sign.
Result<SignatureCheck> check_of(std::string_view nkey, std::string_view nonce,
                                std::string signature) {
  std::optional<Nkey> key = decode_nkey(nkey);
  if (!key || key->kind == NkeyKind::kCurve) return refused("User nkey not valid");
  if (nonce.empty()) return refused("Signature not verified");
  return SignatureCheck{.public_key = std::move(key->key),
                        .message = std::string(nonce),
                        .signature = std::move(signature)};
}

}  // namespace

Result<SignatureCheck> check_of_nonce(std::string_view nkey, std::string_view nonce,
                                      std::string_view signature) {
  if (signature.empty()) return refused("Signature missing");
  std::optional<std::string> bytes = decode_base64_url(signature);
  if (!bytes) bytes = decode_base64(signature);
  if (!bytes) return refused("Signature not valid base64");
  return check_of(nkey, nonce, std::move(*bytes));
}

Result<SignatureCheck> check_of_proxy(std::string_view nkey, std::string_view nonce,
                                      std::string_view signature) {
  std::optional<std::string> bytes = decode_base64_url(signature);
  if (!bytes) return refused("Proxy signature not valid base64");
  return check_of(nkey, nonce, std::move(*bytes));
}

}  // namespace myelin
