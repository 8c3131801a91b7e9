#include "core/config/tls.h"

#include <algorithm>
#include <iterator>

#include "core/base/text.h"
#include "core/config/duration.h"
#include "core/config/tls_names.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

// How long a client may keep silent, with handshake_first "auto", before INFO comes in the clear.
constexpr Duration kFallbackDelay = milliseconds(50);

struct TlsDraft {
  TlsOptions options;
  CertificateFiles single;
  std::string insecure;  // cipher suites that are, for the error
};

template <std::string CertificateFiles::*file>
void read_file(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  reader.read(member, to.single.*file);
}

template <bool TlsOptions::*flag>
void read_flag(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  reader.read(member, to.options.*flag);
}

template <std::vector<std::string> TlsOptions::*list>
void read_names(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  if (!reader.has_kind(member, Kind::kArray)) return;
  if (member.value.elements.empty()) {
    reader.error(member.value, quoted(member.key) + " cannot be empty");
    return;
  }
  reader.read(member, to.options.*list);
}

void read_cipher_suites(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  read_names<&TlsOptions::cipher_suites>(reader, member, to);
  to.insecure.clear();
  for (size_t i = 0; i < to.options.cipher_suites.size(); ++i) {
    const std::string& name = to.options.cipher_suites[i];
    const auto* const known =
        std::find_if(std::begin(kCipherSuites), std::end(kCipherSuites),
                     [&](const CipherSuiteName& suite) { return suite.name == name; });
    if (known == std::end(kCipherSuites)) {
      reader.error(member.value.elements[i], "unrecognized cipher " + name);
    } else if (known->is_insecure) {
      to.insecure += (to.insecure.empty() ? "" : ", ") + name;
    }
  }
}

void read_curves(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  read_names<&TlsOptions::curve_preferences>(reader, member, to);
  for (size_t i = 0; i < to.options.curve_preferences.size(); ++i) {
    const std::string& name = to.options.curve_preferences[i];
    if (std::find(std::begin(kCurves), std::end(kCurves), name) != std::end(kCurves)) continue;
    reader.error(member.value.elements[i], "unrecognized curve preference " + name);
  }
}

constexpr KnownKey<CertificateFiles> kPairKeys[] = {
    {"cert_file", [](ConfigReader& reader, const ConfigMember& member,
                     CertificateFiles& to) { reader.read(member, to.cert_file); }},
    {"key_file", [](ConfigReader& reader, const ConfigMember& member,
                    CertificateFiles& to) { reader.read(member, to.key_file); }},
};

void read_certs(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  if (!reader.has_kind(member, Kind::kArray)) return;
  for (const ConfigValue& entry : member.value.elements) {
    CertificateFiles pair;
    if (entry.is(Kind::kMap)) read_map(reader, entry, kPairKeys, pair);
    if (pair.cert_file.empty() || pair.key_file.empty()) {
      reader.error(entry, "each of the certs needs both a cert_file and a key_file");
      continue;
    }
    to.options.certs.push_back(std::move(pair));
  }
}

void read_pinned_certs(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  std::vector<std::string> pins;
  if (!reader.has_kind(member, Kind::kArray) || !reader.read(member, pins)) return;
  for (std::string& pin : pins) {
    pin = lower_case(pin);
    if (pin.size() != 64 || pin.find_first_not_of("0123456789abcdef") != std::string::npos) {
      reader.error(member.value, "pinned_certs holds " + quoted(pin) +
                                     ", which is no hex-encoded sha256 of a public key");
      return;
    }
  }
  to.options.pinned_certs = std::move(pins);
}

void read_handshake_first(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  TlsOptions& options = to.options;
  options.handshake_first_fallback = Duration::zero();
  if (member.value.is(Kind::kBool)) {
    options.handshake_first = member.value.boolean;
    return;
  }
  if (!reader.has_kind(member, Kind::kString)) return;
  const std::string word = lower_case(member.value.text);
  options.handshake_first = word != "false" && word != "off";
  if (word == "true" || word == "on" || !options.handshake_first) return;
  if (word == "auto" || word == "auto_fallback") {
    options.handshake_first_fallback = kFallbackDelay;
  } else {
    reader.read(member, options.handshake_first_fallback);
  }
}

void read_min_version(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  const std::string& version = member.value.text;
  if (version == "1.2" || version == "1.3") {
    to.options.min_version = version;
  } else if (version == "1.0" || version == "1.1") {
    reader.error(member.value, "error parsing tls config: unsupported TLS version: TLS " + version);
  } else {
    reader.error(member.value, "error parsing tls config: unknown version: " + version);
  }
}

void read_verify_and_map(ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
  reader.read(member, to.options.verify_and_map);
  if (to.options.verify_and_map) to.options.verify = true;
}

constexpr auto refuse_tls_key = [](ConfigReader& reader, const ConfigMember& member, TlsDraft&) {
  reader.refuse(member);
};

constexpr KnownKey<TlsDraft> kTlsKeys[] = {
    {"cert_file", read_file<&CertificateFiles::cert_file>},
    {"key_file", read_file<&CertificateFiles::key_file>},
    {"ca_file", [](ConfigReader& reader, const ConfigMember& member,
                   TlsDraft& to) { reader.read(member, to.options.ca_file); }},
    {"certs", read_certs},
    {"certificates", read_certs},
    {"insecure", read_flag<&TlsOptions::insecure>},
    {"verify", read_flag<&TlsOptions::verify>},
    {"verify_and_map", read_verify_and_map},
    {"verify_cert_and_check_known_urls",
     [](ConfigReader& reader, const ConfigMember& member, TlsDraft&) {
       bool is_wanted = false;
       reader.read(member, is_wanted);
       if (is_wanted) reader.error(member.value, quoted(member.key) + " is for clusters only");
     }},
    {"allow_insecure_cipher_suites", read_flag<&TlsOptions::allow_insecure_cipher_suites>},
    {"cipher_suites", read_cipher_suites},
    {"curve_preferences", read_curves},
    {"timeout",
     [](ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
       reader.read_timeout(member, TlsOptions{}.timeout, to.options.timeout);
     }},
    {"connection_rate_limit",
     [](ConfigReader& reader, const ConfigMember& member, TlsDraft& to) {
       reader.read(member, 0, INT32_MAX, to.options.connection_rate_limit);
     }},
    {"pinned_certs", read_pinned_certs},
    {"handshake_first", read_handshake_first},
    {"first", read_handshake_first},
    {"immediate", read_handshake_first},
    {"min_version", read_min_version},
    // The certificate store of Windows, and stapling.
    {"cert_store", refuse_tls_key},
    {"cert_match_by", refuse_tls_key},
    {"cert_match", refuse_tls_key},
    {"ca_certs_match", refuse_tls_key},
    {"cert_match_skip_invalid", refuse_tls_key},
    {"ocsp_peer", refuse_tls_key},
};

}  // namespace

void read_tls(ConfigReader& reader, const ConfigMember& block, std::optional<TlsOptions>& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  TlsDraft draft;
  read_map(reader, block.value, kTlsKeys, draft);
  CertificateFiles& single = draft.single;
  if (single.cert_file.empty() != single.key_file.empty()) {
    reader.error(block.value, single.cert_file.empty() ? "missing 'cert_file' in TLS configuration"
                                                       : "missing 'key_file' in TLS configuration");
  } else if (!single.cert_file.empty()) {
    if (!draft.options.certs.empty()) {
      reader.error(block.value, "cannot combine 'cert_file' option with 'certs' option");
    }
    draft.options.certs.insert(draft.options.certs.begin(), std::move(single));
  }
  if (!draft.insecure.empty() && !draft.options.allow_insecure_cipher_suites) {
    reader.error(block.value,
                 "insecure cipher suites configured without 'allow_insecure_cipher_suites' option "
                 "set: " +
                     draft.insecure);
  }
  draft.options.place = reader.place_of(block);
  to = std::move(draft.options);
}

}  // namespace myelin
