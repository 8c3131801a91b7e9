// User: who a connection was found to be, and what that allows it.
//
// Those of the configuration are shared by their connections and live as long as it; one that
// claims have made belongs to the connection that brought them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/auth/permissions.h"
#include "core/base/time.h"
#include "core/options.h"

namespace myelin {

// What is shown, and asked again, of a user whom a JWT let in.
struct UserIdentity {
  std::string issuer;       // its account, or the signing key that stood for it
  std::string signing_key;  // empty: the account's own key
  std::string name_tag;
  std::vector<std::string> tags;
  int64_t issued_at = 0;                 // Unix seconds
  bool has_default_permissions = false;  // its account's
  bool is_bearer = false;                // whoever has the JWT may be it
};

struct User {
  // Its key, or its name.
  const std::string& known_by() const { return nkey.empty() ? name : nkey; }

  std::string name;                          // empty: known by its key, or the bearer of the token
  std::string nkey;                          // public key, of who signs
  std::string account;                       // empty: the global one
  std::unique_ptr<Permissions> permissions;  // none: everything is permitted
  uint8_t connection_types = kAnyConnection;
  bool proxy_required = false;
  bool is_from_service = false;  // an authorization service made it

  // Of claims; negative: its account's are all there are.
  int64_t max_subscriptions = -1;
  int64_t max_payload = -1;
  std::unique_ptr<UserIdentity> identity;
  WallTime expires{};  // what claims made ends then, and its connection; 0: never
};

}  // namespace myelin
