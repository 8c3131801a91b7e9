#include "hosts/uv/tls_certificate.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "core/base/checksum.h"

namespace myelin {
namespace {

// Of the names of a certificate, so many are looked at.
constexpr int kNamesMax = 256;

// Takes what an i2d function made.
std::string hash_and_free(unsigned char* bytes, int size) {
  if (size <= 0) return {};
  std::string hash = sha256_hex({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
  OPENSSL_free(bytes);
  return hash;
}

void add_names(const GENERAL_NAMES* from, int kind, std::vector<std::string>& to) {
  for (int i = 0; i < sk_GENERAL_NAME_num(from) && i < kNamesMax; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(from, i);
    if (name->type != kind) continue;
    const ASN1_IA5STRING* const text = name->d.ia5;
    to.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                    static_cast<size_t>(ASN1_STRING_length(text)));
  }
}

}  // namespace

PeerCertificate describe_certificate(x509_st& certificate) {
  return {.subject = subject_of(certificate),
          .spki_sha256 = public_key_hash(certificate),
          .cert_sha256 = fingerprint_of(certificate)};
}

std::string pem_of(x509_st& certificate) {
  BIO* const text = BIO_new(BIO_s_mem());
  if (text == nullptr) return {};
  std::string pem;
  if (PEM_write_bio_X509(text, &certificate) == 1) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text, &bytes);
    pem.assign(bytes, size > 0 ? static_cast<size_t>(size) : 0);
  }
  BIO_free(text);
  return pem;
}

std::string subject_of(x509_st& certificate) {
  BIO* const text = BIO_new(BIO_s_mem());
  if (text == nullptr) return {};
  constexpr auto kEscapes = static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  X509_NAME_print_ex(text, X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253 & ~kEscapes);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text, &bytes);
  std::string subject(bytes, size > 0 ? static_cast<size_t>(size) : 0);
  BIO_free(text);
  return subject;
}

std::vector<std::string> names_of(x509_st& certificate) {
  std::vector<std::string> names;
  auto* const all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr));
  if (all == nullptr) return names;
  for (const int kind : {GEN_EMAIL, GEN_DNS, GEN_URI}) add_names(all, kind, names);
  GENERAL_NAMES_free(all);
  return names;
}

std::optional<WallTime> end_of(const x509_st& certificate) {
  tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts) != 1) return std::nullopt;
  return WallTime{static_cast<int64_t>(timegm(&parts)) * kNsPerSecond};
}

std::string fingerprint_of(x509_st& certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(&certificate, &bytes);
  return hash_and_free(bytes, size);
}

std::string public_key_hash(x509_st& certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &bytes);
  return hash_and_free(bytes, size);
}

std::optional<WallTime> end_of_file(const std::string& path) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), BIO_free);
  if (!file) return std::nullopt;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  return certificate ? end_of(*certificate) : std::nullopt;
}

}  // namespace myelin
