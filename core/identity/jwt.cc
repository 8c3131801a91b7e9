#include "core/identity/jwt.h"

#include "core/base/json.h"
#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kTokenSizeMax = 1024 * 1024;
constexpr int kHeaderDepthMax = 4;
constexpr std::string_view kHeader = R"({"typ":"JWT","alg":"ed25519-nkey"})";

// Whether it is the algorithm of older writers.
Result<bool> read_jwt_header(std::string_view text) {
  const std::optional<std::string> json = decode_base64_url(text);
  if (!json) return invalid("illegal base64 data in the header");
  const std::optional<JsonDocument> document = JsonDocument::parse(*json, kHeaderDepthMax);
  if (!document || !document->root().is_object()) return invalid("the header is no JSON object");
  const std::string_view type = document->root().find("typ").as_string().value_or("");
  if (!equals_ignoring_case(type, "JWT")) return invalid("not supported type " + go_quote(type));
  const std::string_view algorithm = document->root().find("alg").as_string().value_or("");
  if (equals_ignoring_case(algorithm, "ed25519")) return true;
  if (equals_ignoring_case(algorithm, "ed25519-nkey")) return false;
  return invalid("unexpected " + go_quote(algorithm) + " algorithm");
}

}  // namespace

Result<Jwt> Jwt::parse(std::string_view token) {
  if (token.size() > kTokenSizeMax) {
    return invalid("token size " + decimal(static_cast<int64_t>(token.size())) +
                   " exceeds maximum of " + decimal(static_cast<int64_t>(kTokenSizeMax)) +
                   " bytes: token too large");
  }
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return invalid("expected 3 chunks");
  }
  const Result<bool> is_old_algorithm = read_jwt_header(token.substr(0, first));
  if (!is_old_algorithm.ok()) return is_old_algorithm.error();
  Jwt jwt{.signed_text = token.substr(0, second),
          .signed_text_v1 = token.substr(first + 1, second - first - 1),
          .is_old_algorithm = is_old_algorithm.value()};
  std::optional<std::string> claims = decode_base64_url(jwt.signed_text_v1);
  if (!claims) return invalid("illegal base64 data in the claims");
  std::optional<std::string> signature = decode_base64_url(token.substr(second + 1));
  if (!signature) return invalid("illegal base64 data in the signature");
  jwt.claims = std::move(*claims);
  jwt.signature = std::move(*signature);
  return jwt;
}

std::optional<std::string> sign_jwt(const KeyCodecs& codecs, std::string_view seed,
                                    std::string_view claims) {
  if (codecs.sign_ed25519 == nullptr) return std::nullopt;
  std::string token = base64_url(kHeader) + '.' + base64_url(claims);
  const std::optional<std::string> signature = codecs.sign_ed25519(seed, token);
  if (!signature) return std::nullopt;
  token += '.';
  token += base64_url(*signature);
  return token;
}

}  // namespace myelin
