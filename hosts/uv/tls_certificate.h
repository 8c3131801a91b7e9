// What certificates say, as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/base/tls_facts.h"

struct x509_st;

namespace myelin {

PeerCertificate describe_certificate(x509_st& certificate);
// As its file has it.
std::string pem_of(x509_st& certificate);

// RFC 4514, as Go shows it: letters beyond ASCII are left as they are.
std::string subject_of(x509_st& certificate);
// E-mail addresses, then DNS names, then URIs that it is for.
std::vector<std::string> names_of(x509_st& certificate);
// SHA-256 in lower-case hex, of the whole certificate and of its public key.
std::string fingerprint_of(x509_st& certificate);
std::string public_key_hash(x509_st& certificate);

// When it is no longer good.
std::optional<WallTime> end_of(const x509_st& certificate);
// The same of the first certificate in a PEM file; nothing if there is none that can be read.
std::optional<WallTime> end_of_file(const std::string& path);

}  // namespace myelin
