// Authenticator: who a client is, decided from what its CONNECT says. One for the life of a set of
// AuthorizationOptions; a reload makes a new one.
//
// Never waits: a bcrypt hash is handed back as a question for the host.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/auth/distinguished_name.h"
#include "core/auth/permissions.h"
#include "core/base/tls_facts.h"
#include "core/options.h"

namespace myelin {

struct Credentials {
  std::string_view user = {};
  std::string_view password = {};
  std::string_view token = {};
  uint8_t connection = kStandardConnection;  // how it came
  const TlsFacts* tls = nullptr;             // if it is under TLS

  bool are_empty() const { return user.empty() && password.empty() && token.empty(); }
};

// A user as connections share it.
struct User {
  std::string name;                          // empty: the bearer of the token
  std::string account;                       // empty: the global one
  std::unique_ptr<Permissions> permissions;  // none: everything is permitted
  uint8_t connection_types = kAnyConnection;
};

class Authenticator {
 public:
  explicit Authenticator(const AuthorizationOptions& options);
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  bool is_required() const { return options_.is_required(); }
  // CONNECT may be left out: somebody stands in for those who say nothing. Whether that one may
  // come by their kind of connection, `decide` says.
  bool has_no_auth_user() const { return no_auth_user_ != nullptr; }
  // And INFO says so. It does not of who has the global account to themselves.
  bool says_no_auth_user() const { return has_no_auth_user() && anonymous_ == nullptr; }

  struct Decision {
    enum class Verdict { kRefused, kAccepted, kVerify };
    Verdict verdict = Verdict::kRefused;
    User* user = nullptr;  // accepted, or accepted once verified; null where no auth is required
    std::string_view bcrypt_hash = {};  // kVerify: what the password must match
    std::string_view secret = {};       // kVerify: the password given
  };
  // Whether there is anything this user's secret could be compared with.
  bool knows(std::string_view user) const { return users_.empty() || users_.count(user) > 0; }
  Decision decide(const Credentials& credentials) const;
  // Whoever these are is known by a certificate, not by name.
  bool is_mapped(const Credentials& credentials) const {
    return !users_.empty() && maps(credentials);
  }

 private:
  struct Entry {
    std::string password;
    std::unique_ptr<User> user;
    std::optional<DistinguishedName> subject;  // the user's name as one, where certificates map
  };
  using Users = std::map<std::string, Entry, std::less<>>;

  Users::const_iterator find(const Credentials& credentials) const;
  Users::const_iterator find_by_certificate(const Credentials& credentials) const;
  bool maps(const Credentials& credentials) const {
    return options_.maps_certificates && credentials.connection == kStandardConnection;
  }
  Decision check(User& user, std::string_view stored, std::string_view given) const;

  AuthorizationOptions options_;
  Users users_;
  std::unique_ptr<User> single_;     // the one user, or the bearer of the token
  std::unique_ptr<User> anonymous_;  // who brings no credentials, where that opens an account
  User* no_auth_user_ = nullptr;
};

}  // namespace myelin
