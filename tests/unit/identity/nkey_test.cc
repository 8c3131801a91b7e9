#include "core/identity/nkey.h"

#include <array>
#include <catch2/catch.hpp>

namespace myelin {
namespace {

// Made by the `nk` command.
struct Pair {
  NkeyKind kind;
  std::string_view seed;
  std::string_view key;
};
constexpr std::array<Pair, 6> kPairs{
    {{NkeyKind::kUser, "SUAOYP4I4TBSBGXMLY6ZVIBUE2K4J3ECLB73PKJ63ITEYQJHVU6KWIEYPE",
      "UDO6ORBTE3WWMCYS4GQTZBW5RXWOHTDLW7EGRM2ECTVJNSJCTVO67CKA"},
     {NkeyKind::kAccount, "SAAGU4MP7Q7VDJGXFZBI74UYGPDWFOA5JZ5FXMDSNSHZK2JVA3PVIDUJLI",
      "ADSBKGSNVYG7R2YGCQM4AFQWT4HBWKC5A4LUGOIQB4Y45TB4HIDU5WZQ"},
     {NkeyKind::kServer, "SNADMLOUKCGCIANEJ4ABY7CF4JWKPBZTR3OFCYEWQ4DNV75H42F5LLZNMI",
      "NBTVVFAXTJRIL6VKLSCK5XE2N4QBZS2M5YJLRGVQNIGWWRNBZSBALC2N"},
     {NkeyKind::kOperator, "SOAKCSJLT5Q2RWOSV4Y2XJFCRIOLDPYBXXMGQKXKNS3F62WCJ23REL4THE",
      "OA3NZ6OACNQK7I45K6CKRCSQZE3MCVNEHNRX4MK4BIQVBQNO6C34UJFB"},
     {NkeyKind::kCluster, "SCAG4DW5C5FC45S2QLZ2ISZGCR365VUGB65UEJZZ2GNK4CXG6K5DAALGAU",
      "CDW3TI2ZLV4UE4BYNS4GRLEUPWOOKFAC5KJQMHSWEQ2GDTN5SGQSE76Q"},
     {NkeyKind::kCurve, "SXANVG4LCA2KDGL2MMYKXCYIWNHQSTKGIJSTVEONCI2GXGMEZXO2RS6CQA",
      "XBCFBJLIGTI65WTJGLZKZI6U7IQRFZYPO5S4U5GMHYHFPJKBQ2LWOZA6"}}};

}  // namespace

TEST_CASE("Nkey: keys and seeds of every kind are read and written as nk has them") {
  for (const Pair& pair : kPairs) {
    const auto key = decode_nkey(pair.key);
    REQUIRE(key);
    CHECK(key->kind == pair.kind);
    CHECK(encode_nkey(key->kind, key->key) == pair.key);
    const auto seed = decode_nkey_seed(pair.seed);
    REQUIRE(seed);
    CHECK(seed->kind == pair.kind);
    CHECK(encode_nkey_seed(seed->kind, seed->key) == pair.seed);
  }
}

TEST_CASE("Nkey: its last two bytes are the checksum over prefix and key") {
  // Computed apart: CRC-16/XMODEM of 0x68 and 32 zero bytes, low byte first.
  CHECK(encode_nkey(NkeyKind::kServer, std::string(32, '\0')) ==
        "NAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB5PU");
}

TEST_CASE("Nkey: one that differs in any character is none") {
  const std::string key(kPairs[0].key);
  for (size_t at = 0; at < key.size(); ++at) {
    std::string other = key;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(decode_nkey(other));
  }
}

TEST_CASE("Nkey: a seed is no public key, nor the other way round") {
  CHECK_FALSE(decode_nkey(kPairs[0].seed));
  CHECK_FALSE(decode_nkey_seed(kPairs[0].key));
}

TEST_CASE("Nkey: what is too short, too long or no base32 is none") {
  const std::string key(kPairs[0].key);
  CHECK_FALSE(decode_nkey(""));
  CHECK_FALSE(decode_nkey("U"));
  CHECK_FALSE(decode_nkey(key.substr(0, 55)));
  CHECK_FALSE(decode_nkey(key + "A"));
  CHECK_FALSE(decode_nkey(key + "\n"));
  CHECK_FALSE(decode_nkey("u" + key.substr(1)));
  CHECK_FALSE(decode_nkey("U1" + key.substr(2)));
}

TEST_CASE("Nkey: bits behind the last byte of a seed must be zero") {
  std::string seed(kPairs[0].seed);
  REQUIRE(seed.back() == 'E');
  seed.back() = 'F';
  CHECK_FALSE(decode_nkey_seed(seed));
}

TEST_CASE("Nkey: of another kind is not of this one") {
  CHECK(is_nkey(kPairs[0].key, NkeyKind::kUser));
  CHECK_FALSE(is_nkey(kPairs[0].key, NkeyKind::kAccount));
  CHECK_FALSE(is_nkey("nonsense", NkeyKind::kUser));
}

}  // namespace myelin
