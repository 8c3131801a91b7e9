// Who logs in by a key: users made of a number, always the same, with the JWTs that an operator and
// an account signed for them, and the configurations of servers that know them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Identity {
  std::string seed;  // 32 bytes
  std::string nkey;  // the public key, as NATS writes it
  std::string jwt;   // empty: the server knows the nkey
};

std::vector<Identity> nkey_users(uint64_t count);
// A server that knows these.
std::string nkey_configuration(const std::vector<Identity>& users);

// Users of one account of one operator.
std::vector<Identity> jwt_users(uint64_t count);
// A server that trusts the operator and has the account's JWT.
std::string operator_configuration();

// CONNECT for a server that began with this INFO.
std::string connect_line(const Identity& identity, std::string_view info);

}  // namespace bench
