#include "tests/conformance/runner/identities.h"

#include <openssl/sha.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "core/base/text.h"
#include "core/identity/jwt.h"
#include "core/identity/xkey.h"
#include "hosts/common/keys.h"

namespace myelin::conformance {
namespace {

using Json = nlohmann::json;

NkeyKind kind_of(std::string_view word) {
  if (word == "user") return NkeyKind::kUser;
  if (word == "account") return NkeyKind::kAccount;
  if (word == "operator") return NkeyKind::kOperator;
  if (word == "server") return NkeyKind::kServer;
  if (word == "cluster") return NkeyKind::kCluster;
  if (word == "curve") return NkeyKind::kCurve;
  throw std::runtime_error("no kind of key: " + std::string(word));
}

std::string digest(const std::string& text) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

std::string known(std::optional<std::string> value, const char* otherwise) {
  if (!value) throw std::runtime_error(otherwise);
  return std::move(*value);
}

// "+2s", "-3m", "+1h" as seconds from now.
std::optional<int64_t> offset_of(const std::string& text) {
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  int64_t value = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data() + 1, end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  const char unit = text.back();
  const int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (seconds == 0) return std::nullopt;
  return (text[0] == '-' ? -value : value) * seconds;
}

void settle_times(Json& value, int64_t now) {
  if (value.is_string()) {
    if (const auto offset = offset_of(value.get<std::string>())) value = now + *offset;
  } else if (value.is_structured()) {
    for (Json& each : value) settle_times(each, now);
  }
}

}  // namespace

void Identities::add(const std::string& name, std::string_view kind, Variables& variables) {
  const Nkey seed{kind_of(kind), digest("conformance " + name)};
  seeds_[name] = seed;
  variables["$" + name] = public_key(name);
  variables["$" + name + ".seed"] = encode_nkey_seed(seed.kind, seed.key);
}

const Nkey& Identities::seed_of(const std::string& name) const {
  const auto found = seeds_.find(name);
  if (found == seeds_.end()) throw std::runtime_error("there is no key " + name);
  return found->second;
}

std::string Identities::public_key(const std::string& name) const {
  const Nkey& seed = seed_of(name);
  const KeyCodecs codecs = key_codecs();
  const auto key = seed.kind == NkeyKind::kCurve ? codecs.x25519_public_key(seed.key)
                                                 : codecs.ed25519_public_key(seed.key);
  return encode_nkey(seed.kind, known(key, "no such key"));
}

std::string Identities::sign(const std::string& name, std::string_view text) const {
  return base64_url(known(key_codecs().sign_ed25519(seed_of(name).key, text), "not signed"));
}

std::string Identities::fill(std::string text, std::string_view nonce) const {
  for (const bool is_standard : {false, true}) {
    const std::string_view word = is_standard ? "{sign64 " : "{sign ";
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) break;
      const std::string name = text.substr(at + word.size(), end - at - word.size());
      std::string signature = sign(name, nonce);
      if (is_standard) signature = base64(known(decode_base64_url(signature), "no base64"));
      text.replace(at, end + 1 - at, signature);
    }
  }
  return text;
}

std::string Identities::token(std::string_view type, const std::string& issuer,
                              const std::string& claims, int64_t now) const {
  Json all = {{"jti", "CONFORMANCE"},
              {"iat", now},
              {"iss", public_key(issuer)},
              {"nats", {{"type", type}, {"version", 2}}}};
  all.merge_patch(Json::parse(claims));
  settle_times(all, now);
  return known(sign_jwt(key_codecs(), seed_of(issuer).key, all.dump()), "not signed");
}

Json Identities::claims_of(const std::string& token) {
  const Result<Jwt> jwt = Jwt::parse(token);
  if (!jwt.ok()) throw std::runtime_error("no token: " + jwt.error().context);
  Json claims = Json::parse(jwt.value().claims);
  const auto issuer = decode_nkey(claims.value("iss", ""));
  if (!issuer ||
      !key_codecs().verify_ed25519(issuer->key, jwt.value().signed_text, jwt.value().signature)) {
    throw std::runtime_error("the token's issuer did not sign it");
  }
  return claims;
}

std::string Identities::seal(const std::string& name, std::string_view recipient,
                             std::string_view message) const {
  const std::string nonce = digest("nonce of " + std::string(message)).substr(0, 24);
  return known(seal_for_xkey(key_codecs(), seed_of(name).key, recipient, nonce, message),
               "not sealed");
}

std::string Identities::open(const std::string& name, std::string_view sender,
                             std::string_view sealed) const {
  return known(open_from_xkey(key_codecs(), seed_of(name).key, sender, sealed),
               "it is not sealed for this key");
}

std::string fill_known(std::string text, const Variables& variables) {
  for (std::size_t at = text.find("{$"); at != std::string::npos; at = text.find("{$", at)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const auto found = variables.find(std::string_view(text).substr(at + 1, end - at - 1));
    if (found == variables.end()) {
      at = end;
      continue;
    }
    text.replace(at, end + 1 - at, found->second);
    at += found->second.size();
  }
  return text;
}

}  // namespace myelin::conformance
