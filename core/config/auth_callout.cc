#include "core/config/auth_callout.h"

#include <string>
#include <utility>

#include "core/identity/nkey.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

void read_issuer(ConfigReader& reader, const ConfigMember& member, AuthCalloutOptions& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  to.issuer = member.value.text;
  if (is_nkey(to.issuer, NkeyKind::kAccount)) return;
  reader.error(member.value, "Expected callout user to be a valid public account nkey, got " +
                                 quoted_key(to.issuer));
}

void read_xkey(ConfigReader& reader, const ConfigMember& member, AuthCalloutOptions& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  to.key = member.value.text;
  if (is_nkey(to.key, NkeyKind::kCurve)) return;
  reader.error(member.value,
               "Expected callout xkey to be a valid public xkey, got " + quoted_key(to.key));
}

template <std::string AuthCalloutOptions::*text>
void read_text(ConfigReader& reader, const ConfigMember& member, AuthCalloutOptions& to) {
  reader.read(member, to.*text);
}

template <std::vector<std::string> AuthCalloutOptions::*names>
void read_names(ConfigReader& reader, const ConfigMember& member, AuthCalloutOptions& to) {
  if (reader.has_kind(member, Kind::kArray)) reader.read(member, to.*names);
}

constexpr KnownKey<AuthCalloutOptions> kAuthCalloutKeys[] = {
    {"issuer", read_issuer},
    {"account", read_text<&AuthCalloutOptions::account>},
    {"acc", read_text<&AuthCalloutOptions::account>},
    {"auth_users", read_names<&AuthCalloutOptions::auth_users>},
    {"users", read_names<&AuthCalloutOptions::auth_users>},
    {"xkey", read_xkey},
    {"key", read_xkey},
    {"allowed_accounts", read_names<&AuthCalloutOptions::allowed_accounts>},
};

}  // namespace

void read_auth_callout(ConfigReader& reader, const ConfigMember& block,
                       std::optional<AuthCalloutOptions>& to) {
  if (!reader.has_kind(block, Kind::kMap)) return;
  AuthCalloutOptions callout;
  read_map(reader, block.value, kAuthCalloutKeys, callout);
  if (callout.account == kGlobalAccount) callout.account.clear();
  if (callout.issuer.empty()) {
    reader.error(block.value, "Authorization callouts require an issuer to be specified");
  }
  if (callout.auth_users.empty()) {
    reader.error(block.value, "Authorization callouts require authorized users to be specified");
  }
  to = std::move(callout);
}

}  // namespace myelin
