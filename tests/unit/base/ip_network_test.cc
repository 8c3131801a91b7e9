#include "core/base/ip_network.h"

#include <catch2/catch.hpp>
#include <string>

using myelin::IpNetwork;

namespace {

bool contains(const char* network, const char* address) {
  const auto parsed = IpNetwork::parse(network);
  REQUIRE(parsed);
  return parsed->contains(address);
}

}  // namespace

TEST_CASE("IpNetwork: an address is in it if the first bits agree") {
  CHECK(contains("10.1.0.0/16", "10.1.255.3"));
  CHECK_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
  CHECK(contains("192.168.1.128/25", "192.168.1.200"));
  CHECK_FALSE(contains("192.168.1.128/25", "192.168.1.127"));
  CHECK(contains("127.0.0.1/32", "127.0.0.1"));
  CHECK_FALSE(contains("127.0.0.1/32", "127.0.0.2"));
  CHECK(contains("0.0.0.0/0", "8.8.8.8"));
  CHECK(contains("2001:db8::/32", "2001:db8:1::5"));
  CHECK_FALSE(contains("2001:db8::/32", "2001:db9::5"));
  CHECK(contains("::1/128", "::1"));
  CHECK(contains("::/0", "fe80::1"));
}

TEST_CASE("IpNetwork: what is written after the first bits does not count") {
  CHECK(contains("10.1.2.3/8", "10.200.0.1"));
}

TEST_CASE("IpNetwork: IPv4 is IPv4 however it is written, and never IPv6") {
  CHECK(contains("10.0.0.0/8", "::ffff:10.9.9.9"));
  CHECK(contains("::ffff:10.0.0.0/104", "10.9.9.9"));
  CHECK_FALSE(contains("0.0.0.0/0", "::1"));
  CHECK_FALSE(contains("::/0", "10.0.0.1"));
}

TEST_CASE("IpNetwork: what is no address is in none") {
  for (const char* text :
       {"", "10.1.0", "10.1.0.0.1", "10.1.0.256", "10.01.0.0", "localhost", "1::2::3", ":1",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1%eth0"}) {
    INFO(text);
    CHECK_FALSE(contains("0.0.0.0/0", text));
    CHECK_FALSE(contains("::/0", text));
  }
}

TEST_CASE("IpNetwork: what is no range is refused") {
  for (const char* text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1",
        "10.0.0.0/8/8", "10.0.0/8", "::/129", "::1", "::ffff:0:0/90", "localhost/8"}) {
    INFO(text);
    CHECK_FALSE(IpNetwork::parse(text));
  }
}

TEST_CASE("IpNetwork: IPv6 may be written in every form") {
  CHECK(contains("1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8"));
  CHECK(contains("1::8/128", "1:0:0:0:0:0:0:8"));
  CHECK(contains("64:ff9b::10.1.2.3/128", "64:ff9b::a01:203"));
  CHECK(contains("1:2:3:4:5:6:10.1.2.3/128", "1:2:3:4:5:6:a01:203"));
  CHECK(contains("1:2:3:4:5:6:7::/112", "1:2:3:4:5:6:7:ffff"));
}
