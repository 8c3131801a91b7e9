// The keys of a case, and what they sign: nonces, tokens, and messages sealed for an xkey.
//
// A key is made of its name, so that it is the same in every run. Keys and signatures come from the
// library that the host has, too; the official server judges them first.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/identity/nkey.h"
#include "tests/conformance/runner/pattern.h"

namespace myelin::conformance {

class Identities {
 public:
  // `key NAME kind`: gives {$NAME} and {$NAME.seed}.
  void add(const std::string& name, std::string_view kind, Variables& variables);

  // In base64, of the url's alphabet.
  std::string sign(const std::string& name, std::string_view text) const;
  // Puts signatures of the nonce for {sign NAME}, and for {sign64 NAME} in standard base64.
  std::string fill(std::string text, std::string_view nonce) const;

  // A token of that type, signed by `issuer`: the claims (JSON), and what every token has. Times
  // are told from now: "+2s", "-1h".
  std::string token(std::string_view type, const std::string& issuer, const std::string& claims,
                    int64_t now) const;
  // What a token says. Throws where its issuer did not sign it.
  static nlohmann::json claims_of(const std::string& token);

  std::string seal(const std::string& name, std::string_view recipient,
                   std::string_view message) const;
  std::string open(const std::string& name, std::string_view sender, std::string_view sealed) const;

 private:
  const Nkey& seed_of(const std::string& name) const;
  std::string public_key(const std::string& name) const;

  std::map<std::string, Nkey> seeds_;
};

// Puts the values of variables for {$name}; what is not known, and every other brace, stays.
std::string fill_known(std::string text, const Variables& variables);

}  // namespace myelin::conformance
