#include "core/auth/nkey.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("nkey: a server's is 56 characters of base32 that begin with N") {
  const std::string text = server_nkey(std::string(32, '\x5a'));
  CHECK(text.size() == 56);
  CHECK(text.front() == 'N');
  CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == std::string::npos);
}

TEST_CASE("nkey: its last two bytes are the checksum over prefix and key") {
  // Computed apart: CRC-16/XMODEM of 0x68 and 32 zero bytes, low byte first.
  CHECK(server_nkey(std::string(32, '\0')) ==
        "NAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB5PU");
}

TEST_CASE("nkey: every bit of the key counts") {
  std::string key(32, '\0');
  const std::string before = server_nkey(key);
  key.back() = '\x01';
  CHECK(server_nkey(key) != before);
}

}  // namespace myelin
