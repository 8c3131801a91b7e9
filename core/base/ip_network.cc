#include "core/base/ip_network.h"

#include <algorithm>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kGroups = 8;

// Up to four hexadecimal digits, nothing else.
std::optional<uint16_t> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return static_cast<uint16_t>(value);
}

// Adds the groups of "a:b:c"; false if they are none or too many.
bool add_groups(std::string_view text, std::array<uint16_t, kGroups>& to, size_t& count) {
  if (text.empty()) return true;
  for (;;) {
    const size_t colon = text.find(':');
    const auto group = parse_group(text.substr(0, colon));
    if (!group || count == kGroups) return false;
    to[count++] = *group;
    if (colon == std::string_view::npos) return true;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, slash);
  const std::string_view length = text.substr(slash + 1);
  const auto address = parse_address(name);
  const auto bits = parse_decimal(length, 3);
  if (!address || !bits || (length.size() > 1 && length[0] == '0')) return std::nullopt;
  // How it was written decides how many bits there are.
  const bool is_v4 = name.find(':') == std::string_view::npos;
  if (*bits > (is_v4 ? 32u : 128u)) return std::nullopt;
  IpNetwork network;
  network.first_ = *address;
  network.bits_ = static_cast<unsigned>(*bits);
  if (address->is_v4 && !is_v4) {
    // All of ::ffff:0:0/96 is IPv4; a wider range is not within it.
    if (network.bits_ < 96) return std::nullopt;
    network.bits_ -= 96;
  }
  return network;
}

bool IpNetwork::contains(std::string_view text) const {
  const auto address = parse_address(text);
  if (!address || address->is_v4 != first_.is_v4) return false;
  for (unsigned bit = 0; bit < bits_; bit += 8) {
    const unsigned rest = std::min(8u, bits_ - bit);
    const unsigned mask = 0xFFu & (0xFFu << (8 - rest));
    if (((address->bytes[bit / 8] ^ first_.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<IpNetwork::Address> IpNetwork::parse_address(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

std::optional<IpNetwork::Address> IpNetwork::parse_v4(std::string_view text) {
  Address address{.is_v4 = true};
  for (size_t index = 0; index < 4; ++index) {
    const size_t dot = index == 3 ? std::string_view::npos : text.find('.');
    if (index < 3 && dot == std::string_view::npos) return std::nullopt;
    const std::string_view part = text.substr(0, dot);
    const auto byte = parse_decimal(part, 3);
    if (!byte || *byte > 255 || (part.size() > 1 && part[0] == '0')) return std::nullopt;
    address.bytes[index] = static_cast<uint8_t>(*byte);
    if (index < 3) text.remove_prefix(dot + 1);
  }
  return address;
}

std::optional<IpNetwork::Address> IpNetwork::parse_v6(std::string_view text) {
  std::array<uint16_t, kGroups> groups{};
  size_t count = 0;
  std::optional<Address> tail;  // an IPv4 address at the end stands for two groups
  if (text.find('.') != std::string_view::npos) {
    const size_t colon = text.rfind(':');
    tail = parse_v4(text.substr(colon + 1));
    if (!tail) return std::nullopt;
    // "::1.2.3.4" keeps both colons.
    const bool is_gap = colon > 0 && text[colon - 1] == ':';
    text = text.substr(0, is_gap ? colon + 1 : colon);
  }
  const size_t room = tail ? kGroups - 2 : kGroups;
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (!add_groups(text, groups, count) || count != room) return std::nullopt;
  } else {
    if (!add_groups(text.substr(0, gap), groups, count)) return std::nullopt;
    std::array<uint16_t, kGroups> behind{};
    size_t behind_count = 0;
    const std::string_view rest = text.substr(gap + 2);
    if (rest.find("::") != std::string_view::npos) return std::nullopt;
    if (!add_groups(rest, behind, behind_count)) return std::nullopt;
    if (count + behind_count >= room) return std::nullopt;
    std::copy_n(behind.begin(), behind_count,
                groups.begin() + static_cast<std::ptrdiff_t>(room - behind_count));
  }
  Address address;
  for (size_t index = 0; index < kGroups; ++index) {
    address.bytes[2 * index] = static_cast<uint8_t>(groups[index] >> 8);
    address.bytes[2 * index + 1] = static_cast<uint8_t>(groups[index] & 0xFF);
  }
  if (tail) std::copy_n(tail->bytes.begin(), 4, address.bytes.begin() + 12);
  const bool is_mapped = std::all_of(address.bytes.begin(), address.bytes.begin() + 10,
                                     [](uint8_t byte) { return byte == 0; }) &&
                         address.bytes[10] == 0xFF && address.bytes[11] == 0xFF;
  if (is_mapped) {
    std::copy_n(address.bytes.begin() + 12, 4, address.bytes.begin());
    address.is_v4 = true;
  }
  return address;
}

}  // namespace myelin
