// IpNetwork: a range of addresses as "10.1.0.0/16" or "2001:db8::/32" says it (RFC 4632), and
// whether an address lies in it.
//
// An IPv4 address is the same however it is written ("::ffff:10.1.2.3"). No zones, no leading
// zeros.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace myelin {

class IpNetwork {
 public:
  // Nothing, if it is none.
  static std::optional<IpNetwork> parse(std::string_view text);

  // False as well for what is no address.
  bool contains(std::string_view address) const;

 private:
  struct Address {
    std::array<uint8_t, 16> bytes{};  // of IPv4 the first four
    bool is_v4 = false;
  };
  static std::optional<Address> parse_address(std::string_view text);
  static std::optional<Address> parse_v4(std::string_view text);
  static std::optional<Address> parse_v6(std::string_view text);

  Address first_;
  unsigned bits_ = 0;  // so many are the same in all of its addresses
};

}  // namespace myelin
