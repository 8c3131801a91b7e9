#include "hosts/uv/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "hosts/uv/tls_certificate.h"

namespace myelin {
namespace {

// OpenSSL's reason for an alert that came is this much more than the alert.
constexpr int kAlertReasons = SSL_AD_REASON_OFFSET;
// Of a chain that was refused, so many certificates are named.
constexpr int kShownMax = 8;

// As Go names an alert (RFC 8446, section 6).
std::string_view alert_text(int alert) {
  switch (alert) {
    case SSL_AD_CLOSE_NOTIFY:
      return "close notify";
    case SSL_AD_UNEXPECTED_MESSAGE:
      return "unexpected message";
    case SSL_AD_BAD_RECORD_MAC:
      return "bad record MAC";
    case SSL_AD_RECORD_OVERFLOW:
      return "record overflow";
    case SSL_AD_HANDSHAKE_FAILURE:
      return "handshake failure";
    case SSL_AD_BAD_CERTIFICATE:
      return "bad certificate";
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
      return "unsupported certificate";
    case SSL_AD_CERTIFICATE_REVOKED:
      return "revoked certificate";
    case SSL_AD_CERTIFICATE_EXPIRED:
      return "expired certificate";
    case SSL_AD_CERTIFICATE_UNKNOWN:
      return "unknown certificate";
    case SSL_AD_ILLEGAL_PARAMETER:
      return "illegal parameter";
    case SSL_AD_UNKNOWN_CA:
      return "unknown certificate authority";
    case SSL_AD_ACCESS_DENIED:
      return "access denied";
    case SSL_AD_DECODE_ERROR:
      return "error decoding message";
    case SSL_AD_DECRYPT_ERROR:
      return "error decrypting message";
    case SSL_AD_PROTOCOL_VERSION:
      return "protocol version not supported";
    case SSL_AD_INSUFFICIENT_SECURITY:
      return "insufficient security level";
    case SSL_AD_INTERNAL_ERROR:
      return "internal error";
    case SSL_AD_USER_CANCELLED:
      return "user canceled";
    case SSL_AD_NO_RENEGOTIATION:
      return "no renegotiation";
    case SSL_AD_MISSING_EXTENSION:
      return "missing extension";
    case SSL_AD_UNSUPPORTED_EXTENSION:
      return "unsupported extension";
    case SSL_AD_UNRECOGNIZED_NAME:
      return "unrecognized name";
    case SSL_AD_CERTIFICATE_REQUIRED:
      return "certificate required";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return "no application protocol";
    default:
      return {};
  }
}

std::string verification_text(const ssl_st& ssl) {
  std::string text = "tls: failed to verify certificate: x509: ";
  const long verdict = SSL_get_verify_result(&ssl);
  switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      text += "certificate signed by unknown authority";
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      text += "certificate has expired or is not yet valid";
      break;
    case X509_V_ERR_INVALID_PURPOSE:
      text += "certificate specifies an incompatible key usage";
      break;
    default:
      text += X509_verify_cert_error_string(verdict);
  }
  return text;
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long error = ERR_peek_error();
  const char* const reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return reason == nullptr ? "unknown error" : reason;
}

std::string shown_certificates(x509_store_ctx_st& judged) {
  std::string text;
  const STACK_OF(X509)* const shown = X509_STORE_CTX_get0_untrusted(&judged);
  for (int i = 0; i < std::min(sk_X509_num(shown), kShownMax); ++i) {
    X509* const certificate = sk_X509_value(shown, i);
    text += text.empty() ? " (" : "; ";
    text += subject_of(*certificate) + " SHA-256: " + fingerprint_of(*certificate);
  }
  return text.empty() ? text : text + ")";
}

TlsFailure describe_failure(const ssl_st& ssl, const std::string& shown) {
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return {.text = "tls: " + take_openssl_error()};
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
      ERR_clear_error();
      return {.text = "tls: first record does not look like a TLS handshake", .is_probe = true};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      ERR_clear_error();
      return {.text = "tls: client didn't provide a certificate"};
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      ERR_clear_error();
      return {.text = verification_text(ssl) + shown};
    case SSL_R_UNSUPPORTED_PROTOCOL:
      ERR_clear_error();
      return {.text = "tls: client offered only unsupported versions"};
    case SSL_R_NO_SHARED_CIPHER:
      ERR_clear_error();
      return {.text = "tls: no cipher suite supported by both client and server"};
    default:
      break;
  }
  const std::string_view alert = alert_text(reason - kAlertReasons);
  const std::string own = take_openssl_error();
  if (!alert.empty()) return {.text = "remote error: tls: " + std::string(alert)};
  return {.text = "tls: " + own};
}

}  // namespace myelin
