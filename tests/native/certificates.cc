#include "tests/native/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/base/check.h"

namespace myelin {
namespace {

constexpr long kSecondsPerDay = 24 * 60 * 60;

template <class Write>
void write_file(const std::string& path, Write write) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  INVARIANT(file != nullptr);
  INVARIANT(write(file) == 1);
  INVARIANT(std::fclose(file) == 0);
}

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  INVARIANT(extension != nullptr);
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

// Unsigned; signed by itself if there is no issuer.
X509* begin_certificate(EVP_PKEY* key, const std::string& common_name, X509* issuer, int days) {
  X509* const made = X509_new();
  X509_set_version(made, X509_VERSION_3);
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial);
  const long end = days * kSecondsPerDay;
  X509_gmtime_adj(X509_getm_notBefore(made), std::min(0L, end) - kSecondsPerDay);
  X509_gmtime_adj(X509_getm_notAfter(made), end);
  X509_NAME* const subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(made, issuer == nullptr ? subject : X509_get_subject_name(issuer));
  X509_set_pubkey(made, key);
  return made;
}

X509* as_certificate(void* opaque) { return static_cast<X509*>(opaque); }
EVP_PKEY* as_key(void* opaque) { return static_cast<EVP_PKEY*>(opaque); }

}  // namespace

CertificateAuthority::CertificateAuthority(std::string folder, const std::string& name)
    : folder_(std::move(folder)), file_(folder_ + "/" + name + ".pem"), key_(EVP_EC_gen("P-256")) {
  X509* const made = begin_certificate(as_key(key_), name, nullptr, 1);
  add_extension(made, made, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made, made, NID_key_usage, "critical,keyCertSign,cRLSign");
  INVARIANT(X509_sign(made, as_key(key_), EVP_sha256()) > 0);
  certificate_ = made;
  write_file(file_, [made](std::FILE* file) { return PEM_write_X509(file, made); });
}

CertificateAuthority::~CertificateAuthority() {
  X509_free(as_certificate(certificate_));
  EVP_PKEY_free(as_key(key_));
}

CertificateFiles CertificateAuthority::issue(const std::string& name,
                                             const CertificateRequest& request) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const issuer = as_certificate(certificate_);
  X509* const made = begin_certificate(key, request.common_name, issuer, request.days);
  std::string names;
  for (const std::string& each : request.names) names += (names.empty() ? "" : ",") + each;
  if (!names.empty()) add_extension(made, issuer, NID_subject_alt_name, names);
  INVARIANT(X509_sign(made, as_key(key_), EVP_sha256()) > 0);
  const CertificateFiles files{.cert_file = folder_ + "/" + name + "-cert.pem",
                               .key_file = folder_ + "/" + name + "-key.pem"};
  write_file(files.cert_file, [made](std::FILE* file) { return PEM_write_X509(file, made); });
  write_file(files.key_file, [key](std::FILE* file) {
    return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  X509_free(made);
  EVP_PKEY_free(key);
  return files;
}

std::string public_key_hash(const std::string& cert_file) {
  std::FILE* const file = std::fopen(cert_file.c_str(), "rb");
  INVARIANT(file != nullptr);
  X509* const certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  INVARIANT(certificate != nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(der, static_cast<size_t>(size), digest);
  OPENSSL_free(der);
  X509_free(certificate);
  std::string text;
  for (const unsigned char byte : digest) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", byte);
    text += hex;
  }
  return text;
}

}  // namespace myelin
