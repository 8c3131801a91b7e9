#include "hosts/uv/tls_names.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <iterator>

namespace myelin {
namespace {

// Go's tls.CipherSuites(), those of TLS 1.2.
constexpr const char* kSecure[] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",       "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",       "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
};

struct Curve {
  std::string_view go;
  std::string_view openssl;
};

constexpr Curve kCurves[] = {
    {"X25519MLKEM768", "X25519MLKEM768"},
    {"X25519", "X25519"},
    {"CurveP256", "P-256"},
    {"CurveP384", "P-384"},
    {"CurveP521", "P-521"},
};

bool is_of_tls13(std::string_view name) { return name.find("_WITH_") == std::string_view::npos; }

bool is_secure(std::string_view name) {
  return is_of_tls13(name) ||
         std::find(std::begin(kSecure), std::end(kSecure), name) != std::end(kSecure);
}

std::string openssl_name(const std::string& name) {
  const std::string found = OPENSSL_cipher_name(name.c_str());
  return found == "(NONE)" ? std::string() : found;
}

}  // namespace

CipherChoice choose_cipher_suites(const std::vector<std::string>& names) {
  const std::vector<std::string> chosen =
      names.empty() ? std::vector<std::string>(std::begin(kSecure), std::end(kSecure)) : names;
  CipherChoice choice;
  for (const std::string& name : chosen) {
    if (is_of_tls13(name)) continue;
    if (!is_secure(name)) choice.insecure.push_back(name);
    const std::string found = openssl_name(name);
    if (found.empty()) {
      choice.missing.push_back(name);
    } else {
      choice.openssl += (choice.openssl.empty() ? "" : ":") + found;
    }
  }
  return choice;
}

std::vector<std::string_view> curve_names(const std::vector<std::string>& names) {
  std::vector<std::string_view> found;
  for (const Curve& curve : kCurves) {
    if (names.empty()) found.push_back(curve.openssl);
  }
  for (const std::string& name : names) {
    const auto* const curve = std::find_if(std::begin(kCurves), std::end(kCurves),
                                           [&](const Curve& each) { return each.go == name; });
    if (curve != std::end(kCurves)) found.push_back(curve->openssl);
  }
  return found;
}

}  // namespace myelin
