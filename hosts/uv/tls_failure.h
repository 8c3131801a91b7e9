// What went wrong in OpenSSL, in the words of nats-server's log (Go's crypto/tls and crypto/x509)
// where there are such words.
#pragma once

#include <string>

#include "hosts/uv/tls_session.h"

struct x509_store_ctx_st;

namespace myelin {

// Of what `ssl` was last asked to do; `shown` is what shown_certificates said when they were
// judged. Empties OpenSSL's list of errors.
TlsFailure describe_failure(const ssl_st& ssl, const std::string& shown);

// " (CN=eve SHA-256: 0123...; ...)", for behind what is wrong with them.
std::string shown_certificates(x509_store_ctx_st& judged);

// OpenSSL's own words for its last error. Empties the list.
std::string take_openssl_error();

}  // namespace myelin
