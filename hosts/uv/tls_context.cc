#include "hosts/uv/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/base/checksum.h"
#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/uv/tls_certificate.h"
#include "hosts/uv/tls_failure.h"
#include "hosts/uv/tls_names.h"

namespace myelin {
namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* value) const { Free(value); }
};
using UniqueX509 = std::unique_ptr<X509, Freed<X509, X509_free>>;
using UniqueKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using UniqueBio = std::unique_ptr<BIO, FreeBio>;
struct FreeChain {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};
using UniqueChain = std::unique_ptr<STACK_OF(X509), FreeChain>;

// A PEM file of keys or certificates is seldom more than some KiB, a bundle of all of a system's
// authorities some 200.
constexpr size_t kPemSizeMax = 16 * 1024 * 1024;
// Go takes keys that OpenSSL's second level does not; broken ciphers need level 0.
constexpr int kSecurityLevel = 1;

Error error_of(std::string text) { return {Errc::kInvalid, std::move(text)}; }

// Adds what it reads to `digested`.
Result<std::string> read_pem(const std::string& path, std::string& digested) {
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return error_of("open " + path + ": " + go_errno(errno));
  std::string text;
  char piece[16 * 1024];
  size_t got = 0;
  errno = 0;
  while (text.size() < kPemSizeMax && (got = std::fread(piece, 1, sizeof piece, file)) > 0) {
    text.append(piece, got);
  }
  const int error = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  if (error != 0) return error_of("read " + path + ": " + go_errno(error));
  digested += sha256_hex(text);
  return text;
}

UniqueBio bio_of(const std::string& text) {
  return UniqueBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is there to be asked for the password of a key.
int no_password(char*, int, int, void*) { return -1; }

// A certificate, what leads to its authority, and its key.
struct Pair {
  UniqueX509 leaf;
  UniqueChain chain;
  UniqueKey key;
};

Result<Pair> read_pair(const CertificateFiles& files, std::string& digested) {
  const Result<std::string> certificates = read_pem(files.cert_file, digested);
  if (!certificates.ok()) return certificates.error();
  const Result<std::string> key = read_pem(files.key_file, digested);
  if (!key.ok()) return key.error();

  Pair pair;
  UniqueBio from = bio_of(certificates.value());
  pair.leaf.reset(PEM_read_bio_X509(from.get(), nullptr, no_password, nullptr));
  if (!pair.leaf) {
    ERR_clear_error();
    const std::string& text = certificates.value();
    if (text.find("-----BEGIN CERTIFICATE") != std::string::npos) {
      return error_of("x509: malformed certificate");
    }
    if (text.find("PRIVATE KEY-----") != std::string::npos) {
      return error_of(
          "tls: failed to find certificate PEM data in certificate input, but did find a private "
          "key; PEM inputs may have been switched");
    }
    return error_of("tls: failed to find any PEM data in certificate input");
  }
  pair.chain.reset(sk_X509_new_null());
  while (X509* next = PEM_read_bio_X509(from.get(), nullptr, no_password, nullptr)) {
    sk_X509_push(pair.chain.get(), next);
  }
  from = bio_of(key.value());
  pair.key.reset(PEM_read_bio_PrivateKey(from.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!pair.key) {
    if (key.value().find("-----BEGIN") == std::string::npos) {
      return error_of("tls: failed to find any PEM data in key input");
    }
    if (key.value().find("PRIVATE KEY-----") == std::string::npos) {
      return error_of("tls: found a certificate rather than a key in the PEM for the private key");
    }
    return error_of("tls: failed to parse private key");
  }
  if (X509_check_private_key(pair.leaf.get(), pair.key.get()) != 1) {
    ERR_clear_error();
    return error_of("tls: private key does not match public key");
  }
  return pair;
}

}  // namespace

// Several pairs: the first whose certificate has the name that the client asks for, else the first.
class TlsContext::Pairs {
 public:
  void add(Pair pair) { pairs_.push_back(std::move(pair)); }

  // Owned by the SSL_CTX from here on, which sessions keep alive.
  static void give(std::unique_ptr<Pairs> pairs, SSL_CTX* to) {
    SSL_CTX_set_cert_cb(to, choose, pairs.get());
    SSL_CTX_set_ex_data(to, index(), pairs.release());
  }

 private:
  static int index() {
    static const int kIndex = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* pairs, CRYPTO_EX_DATA*, int, long, void*) {
          delete static_cast<Pairs*>(pairs);
        });
    return kIndex;
  }

  static int choose(SSL* ssl, void* of) {
    const auto& pairs = static_cast<const Pairs*>(of)->pairs_;
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return 1;
    for (const Pair& pair : pairs) {
      if (X509_check_host(pair.leaf.get(), name, 0, 0, nullptr) != 1) continue;
      return SSL_use_cert_and_key(ssl, pair.leaf.get(), pair.key.get(), pair.chain.get(), 1);
    }
    return 1;
  }

  std::vector<Pair> pairs_;
};

TlsContext::TlsContext(ssl_ctx_st* context) : context_(context) {
  INVARIANT(context_ != nullptr);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_security_level(context_, kSecurityLevel);
  // Tickets, which the client keeps, are the only memory of a session.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context_, 1);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::unique_ptr<TlsContext>> TlsContext::for_server(const TlsOptions& options) {
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  TRY(made->load(options, options.verify));
  made->pins_ = options.pinned_certs;
  if (options.verify || !options.pinned_certs.empty()) {
    // Who must show a certificate shows it each time: a ticket would stand for it.
    SSL_CTX_set_options(made->context_, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(made->context_, 0);
  }
  if (options.verify) {
    SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       TlsSession::on_verdict);
  }
  return made;
}

Result<std::unique_ptr<TlsContext>> TlsContext::for_client(const TlsOptions& options) {
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_client_method())));
  TRY(made->load(options, !options.insecure));
  SSL_CTX_set_verify(made->context_, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                     TlsSession::on_verdict);
  return made;
}

std::unique_ptr<TlsSession> TlsContext::accept() {
  SSL* const ssl = SSL_new(context_);
  INVARIANT(ssl != nullptr);
  SSL_set_accept_state(ssl);
  return std::make_unique<TlsSession>(ssl, pins_);
}

std::unique_ptr<TlsSession> TlsContext::connect(const std::string& host) {
  SSL* const ssl = SSL_new(context_);
  INVARIANT(ssl != nullptr);
  if (!host.empty()) {
    SSL_set1_host(ssl, host.c_str());
    SSL_set_tlsext_host_name(ssl, host.c_str());
  }
  SSL_set_connect_state(ssl);
  return std::make_unique<TlsSession>(ssl, std::vector<std::string>());
}

// Choices ----------------------------------------------------------------------------------------

Status TlsContext::load(const TlsOptions& options, bool judges_peers) {
  SSL_CTX_set_min_proto_version(context_,
                                options.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  TRY(load_pairs(options));
  TRY(load_authorities(options, judges_peers));
  TRY(choose_ciphers(options));
  return choose_curves(options);
}

// The first pair of each kind of key is what OpenSSL chooses from on its own.
Status TlsContext::load_pairs(const TlsOptions& options) {
  auto pairs = std::make_unique<Pairs>();
  const size_t count = options.certs.size();
  std::vector<Pair> read;
  for (size_t i = 0; i < count; ++i) {
    Result<Pair> pair = read_pair(options.certs[i], digest_);
    if (pair.ok()) {
      read.push_back(std::move(pair.value()));
      continue;
    }
    std::string which;
    if (count > 1) which = " " + decimal(int64_t(i) + 1) + "/" + decimal(int64_t(count));
    return error_of("error parsing X509 certificate/key pair" + which + ": " +
                    pair.error().context);
  }
  if (!read.empty()) not_after_ = end_of(*read.front().leaf);
  for (auto pair = read.rbegin(); pair != read.rend(); ++pair) {
    if (SSL_CTX_use_cert_and_key(context_, pair->leaf.get(), pair->key.get(), pair->chain.get(),
                                 1) != 1) {
      return error_of("error parsing X509 certificate/key pair: tls: " + take_openssl_error());
    }
  }
  if (count < 2) return kOk;
  for (Pair& pair : read) pairs->add(std::move(pair));
  Pairs::give(std::move(pairs), context_);
  return kOk;
}

// Any certificate that is named is trusted, whoever signed it; where none is, those of the system
// are, which are not read for nothing.
Status TlsContext::load_authorities(const TlsOptions& options, bool judges_peers) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context_);
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  if (options.ca_file.empty()) {
    if (judges_peers) SSL_CTX_set_default_verify_paths(context_);
    return kOk;
  }
  const Result<std::string> text = read_pem(options.ca_file, digest_);
  if (!text.ok()) return text.error();
  const UniqueBio from = bio_of(text.value());
  auto* const names = sk_X509_NAME_new_null();
  while (UniqueX509 authority{PEM_read_bio_X509(from.get(), nullptr, no_password, nullptr)}) {
    X509_STORE_add_cert(store, authority.get());
    sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(authority.get())));
  }
  ERR_clear_error();
  const bool is_empty = sk_X509_NAME_num(names) == 0;
  SSL_CTX_set_client_CA_list(context_, names);
  if (is_empty) return error_of("failed to parse root ca certificate");
  return kOk;
}

// As in Go, what is listed chooses for TLS 1.2; the ciphers of TLS 1.3 are always there.
Status TlsContext::choose_ciphers(const TlsOptions& options) {
  const CipherChoice choice = choose_cipher_suites(options.cipher_suites);
  if (!choice.insecure.empty()) SSL_CTX_set_security_level(context_, 0);
  for (const std::string& name : choice.missing) {
    notices_.push_back("The cipher suite " + name + " is not in this build's OpenSSL: left out");
  }
  if (choice.openssl.empty()) {
    SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
    return kOk;
  }
  if (SSL_CTX_set_cipher_list(context_, choice.openssl.c_str()) == 1) return kOk;
  return error_of("tls: " + take_openssl_error());
}

Status TlsContext::choose_curves(const TlsOptions& options) {
  std::string list;
  for (const std::string_view name : curve_names(options.curve_preferences)) {
    const std::string grown = list + (list.empty() ? "" : ":") + std::string(name);
    if (SSL_CTX_set1_groups_list(context_, grown.c_str()) == 1) {
      list = grown;
    } else if (!options.curve_preferences.empty()) {
      notices_.push_back("The curve " + std::string(name) +
                         " is not in this build's OpenSSL: left out");
    }
  }
  ERR_clear_error();
  if (list.empty()) return error_of("tls: none of the curve_preferences is in this OpenSSL");
  SSL_CTX_set1_groups_list(context_, list.c_str());
  return kOk;
}

}  // namespace myelin
