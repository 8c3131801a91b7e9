#include "tests/bench/identities.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/identity/jwt.h"
#include "core/identity/nkey.h"
#include "hosts/common/keys.h"
#include "tests/bench/failure.h"

namespace bench {
namespace {

using myelin::KeyCodecs;
using myelin::NkeyKind;

constexpr size_t kSeedSize = 32;
constexpr int kIssuedAt = 1'700'000'000;

std::string must(std::optional<std::string> made, const char* what) {
  if (!made) throw Failure(std::string("no mathematics to make ") + what);
  return *std::move(made);
}

Identity make_identity(NkeyKind kind, uint64_t number) {
  std::string seed = std::to_string(number) + static_cast<char>(kind);
  seed.resize(kSeedSize, 'x');
  const KeyCodecs codecs = myelin::key_codecs();
  const std::string key = must(codecs.ed25519_public_key(seed), "a key");
  return {.seed = std::move(seed), .nkey = myelin::encode_nkey(kind, key), .jwt = {}};
}

Identity the_operator() { return make_identity(NkeyKind::kOperator, 0); }
Identity the_account() { return make_identity(NkeyKind::kAccount, 0); }

std::string signed_by(const Identity& issuer, const Identity& subject, nlohmann::json nats) {
  nats["version"] = 2;
  const nlohmann::json claims = {{"jti", subject.nkey}, {"iat", kIssuedAt},
                                 {"iss", issuer.nkey},  {"name", subject.nkey},
                                 {"sub", subject.nkey}, {"nats", std::move(nats)}};
  return must(myelin::sign_jwt(myelin::key_codecs(), issuer.seed, claims.dump()), "a JWT");
}

}  // namespace

std::vector<Identity> nkey_users(uint64_t count) {
  std::vector<Identity> users;
  for (uint64_t i = 0; i < count; ++i) users.push_back(make_identity(NkeyKind::kUser, i));
  return users;
}

std::string nkey_configuration(const std::vector<Identity>& users) {
  std::string text = "authorization { timeout: 60, users: [\n";
  for (const Identity& user : users) text += "{ nkey: " + user.nkey + " }\n";
  return text + "] }\n";
}

std::vector<Identity> jwt_users(uint64_t count) {
  std::vector<Identity> users = nkey_users(count);
  const Identity account = the_account();
  const nlohmann::json nats = {{"type", "user"},
                               {"pub", nlohmann::json::object()},
                               {"sub", nlohmann::json::object()},
                               {"subs", -1},
                               {"data", -1},
                               {"payload", -1}};
  for (Identity& user : users) user.jwt = signed_by(account, user, nats);
  return users;
}

std::string operator_configuration() {
  const Identity issuer = the_operator();
  const Identity account = the_account();
  const nlohmann::json limits = {{"subs", -1},    {"data", -1},    {"payload", -1},
                                 {"imports", -1}, {"exports", -1}, {"wildcards", true},
                                 {"conn", -1},    {"leaf", -1}};
  const std::string account_jwt =
      signed_by(issuer, account, {{"type", "account"}, {"limits", limits}});
  return "operator: " + signed_by(issuer, issuer, {{"type", "operator"}}) +
         "\nresolver: MEMORY\nresolver_preload { " + account.nkey + ": " + account_jwt +
         " }\nauthorization { timeout: 60 }\n";
}

std::string connect_line(const Identity& identity, std::string_view info) {
  const nlohmann::json said =
      nlohmann::json::parse(info.substr(info.find(' ') + 1), nullptr, false);
  if (!said.is_object() || !said.contains("nonce")) throw Failure("INFO has no nonce");
  const std::string nonce = said["nonce"];
  const std::string signature =
      must(myelin::key_codecs().sign_ed25519(identity.seed, nonce), "a signature");
  nlohmann::json connect = {{"verbose", false},     {"pedantic", false}, {"lang", "bench"},
                            {"version", "1.0.0"},   {"protocol", 1},     {"headers", true},
                            {"no_responders", true}};
  connect["sig"] = myelin::base64_url(signature);
  if (identity.jwt.empty()) {
    connect["nkey"] = identity.nkey;
  } else {
    connect["jwt"] = identity.jwt;
  }
  return "CONNECT " + connect.dump() + "\r\n";
}

}  // namespace bench
