// Authenticator: who a client is, decided from what its CONNECT says. One for the life of a set of
// AuthorizationOptions, which it borrows; a reload makes a new one.
//
// A User is made when it is first let in, or asked about: most of a long list are not there.
// Never waits: a bcrypt hash, or a signature, is handed back as a question for the host.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/credentials.h"
#include "core/auth/decision.h"
#include "core/auth/distinguished_name.h"
#include "core/auth/user.h"
#include "core/options.h"

namespace myelin {

// Where an authorization service is asked (ADR-26); the server alone may ask.
inline constexpr std::string_view kCalloutSubject = "$SYS.REQ.USER.AUTH";
// What users of the service's account may, given what they would otherwise.
PermissionOptions without_asking(std::optional<PermissionOptions> permissions);

class Authenticator {
 public:
  // Everybody of `users`, in the place of those that `options` list.
  Authenticator(const AuthorizationOptions& options, const std::vector<UserOptions>& users);
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  bool is_required() const { return options_.is_required() || !names_.empty() || has_nkeys(); }
  bool has_nkeys() const { return !nkeys_.empty(); }
  // Somebody stands in for those who do not say who they are. Whether that one may come by their
  // kind of connection, `decide` says.
  bool has_no_auth_user() const { return no_auth_user_ != nullptr; }
  // And INFO says so. It does not of who has the global account to themselves.
  bool says_no_auth_user() const { return has_no_auth_user() && anonymous_ == nullptr; }
  // It does even for those who do not send it (nats-server: not one that is known by a key).
  bool stands_in_by_name() const { return no_auth_user_ != nullptr && no_auth_user_->nkey.empty(); }

  // Whether there is anything this user's secret could be compared with.
  bool knows(const Credentials& credentials) const;
  Decision decide(const Credentials& credentials) const;
  // Whoever these are is known by a certificate, not by name.
  bool is_mapped(const Credentials& credentials) const {
    return !names_.empty() && maps(credentials);
  }

 private:
  struct Known {
    const UserOptions* options = nullptr;
    mutable std::unique_ptr<User> user = nullptr;  // once it was asked for
  };
  // Each once, sorted by what they are known by.
  using Index = std::vector<Known>;
  static Index index_of(const std::vector<UserOptions>& users, bool by_nkey);
  static const Known* find_in(const Index& index, std::string_view key);

  const Known* find(const Credentials& credentials) const;
  const Known* find_by_certificate(const Credentials& credentials) const;
  bool maps(const Credentials& credentials) const {
    return (options_.mapped_connections & credentials.connection) != 0;
  }
  User& user_of(const Known& known) const;
  static std::unique_ptr<User> make_user(const UserOptions& entry,
                                         const std::optional<PermissionOptions>& permissions);
  void find_no_auth_user();
  bool stands_in_by_key() const { return no_auth_user_ != nullptr && !no_auth_user_->nkey.empty(); }
  Decision decide_by_nkey(std::string_view nkey, const Credentials& credentials) const;
  Decision decide_by_name(const Credentials& credentials) const;
  static Decision check(User& user, std::string_view stored, std::string_view given);

  const AuthorizationOptions& options_;
  Index names_;
  Index nkeys_;
  // The names as those of certificates, where these say who somebody is.
  std::vector<std::optional<DistinguishedName>> subjects_;
  std::unique_ptr<User> single_;     // the one user, or the bearer of the token
  std::unique_ptr<User> anonymous_;  // who brings no credentials, where that opens an account
  User* no_auth_user_ = nullptr;
};

}  // namespace myelin
