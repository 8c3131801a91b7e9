#include "core/identity/xkey.h"

#include "core/identity/nkey.h"

namespace myelin {
namespace {

constexpr std::string_view kSealVersion = "xkv1";

std::optional<std::string> curve_key(std::string_view text) {
  std::optional<Nkey> key = decode_nkey(text);
  if (!key || key->kind != NkeyKind::kCurve) return std::nullopt;
  return std::move(key->key);
}

}  // namespace

std::optional<std::string> seal_for_xkey(const KeyCodecs& codecs, std::string_view seed,
                                         std::string_view recipient, std::string_view nonce,
                                         std::string_view message) {
  const std::optional<std::string> key = curve_key(recipient);
  if (!key || nonce.size() != kXkeyNonceSize || codecs.seal_box == nullptr) return std::nullopt;
  const std::optional<std::string> box = codecs.seal_box(seed, *key, nonce, message);
  if (!box) return std::nullopt;
  std::string sealed(kSealVersion);
  sealed += nonce;
  sealed += *box;
  return sealed;
}

std::optional<std::string> open_from_xkey(const KeyCodecs& codecs, std::string_view seed,
                                          std::string_view sender, std::string_view sealed) {
  const std::optional<std::string> key = curve_key(sender);
  if (!key || codecs.open_box == nullptr) return std::nullopt;
  if (!sealed.starts_with(kSealVersion) || sealed.size() <= kSealVersion.size() + kXkeyNonceSize) {
    return std::nullopt;
  }
  sealed.remove_prefix(kSealVersion.size());
  return codecs.open_box(seed, *key, sealed.substr(0, kXkeyNonceSize),
                         sealed.substr(kXkeyNonceSize));
}

}  // namespace myelin
