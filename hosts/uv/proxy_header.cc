#include "hosts/uv/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace myelin {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLinePrefix = "PROXY ";
constexpr size_t kLineMax = 107;  // with CR LF
constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;

// Version 2: the signature, then version and command, family and protocol, size of what follows.
constexpr size_t kFixedSize = 16;
constexpr uint8_t kVersion2 = 0x20;
constexpr uint8_t kLocal = 0;
constexpr uint8_t kProxy = 1;
constexpr uint8_t kStream = 1;
constexpr uint8_t kUnspecified = 0x00;
constexpr uint8_t kInet = 0x10;
constexpr uint8_t kInet6 = 0x20;
// Both addresses and both ports.
constexpr size_t kInetSize = 12;
constexpr size_t kInet6Size = 36;

constexpr char kInvalid[] = "invalid PROXY protocol header: ";
constexpr char kUnsupported[] = "unsupported PROXY protocol feature: ";

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

uint16_t number_at(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

std::string hex_byte(uint8_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

// As Go prints it: an IPv4 address that is mapped into IPv6 is an IPv4 address.
std::string text_of_v6(const void* bytes) {
  constexpr unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const auto* const at = static_cast<const unsigned char*>(bytes);
  const bool is_mapped = std::memcmp(at, kMapped, sizeof kMapped) == 0;
  char text[INET6_ADDRSTRLEN] = "";
  if (is_mapped) {
    inet_ntop(AF_INET, at + sizeof kMapped, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, at, text, sizeof text);
  }
  return text;
}

std::string text_of_v4(const void* bytes) {
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, bytes, text, sizeof text);
  return text;
}

// In the form in which it is shown, or nothing.
std::optional<std::string> parse_ip(const std::string& text) {
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return text_of_v4(&v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return text_of_v6(&v6);
  return std::nullopt;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return port;
}

std::vector<std::string> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\v\f\r\n";
  std::vector<std::string> words;
  while (true) {
    const size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(kBlanks), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

}  // namespace

ProxyHeaderReader::Status ProxyHeaderReader::take(std::string_view& input) {
  while (!input.empty() && !is_skipping_) {
    taken_ += input.front();
    input.remove_prefix(1);
    const Status status = judge();
    if (status != Status::kMore) return status;
  }
  if (!is_skipping_) return Status::kMore;
  const size_t skipped = std::min<size_t>(to_skip_, input.size());
  input.remove_prefix(skipped);
  to_skip_ -= static_cast<uint32_t>(skipped);
  return to_skip_ == 0 ? Status::kDone : Status::kMore;
}

// The first six bytes say which version it is, if any.
ProxyHeaderReader::Status ProxyHeaderReader::judge() {
  const std::string_view begun = std::string_view(taken_).substr(0, kLinePrefix.size());
  if (begun == kLinePrefix.substr(0, begun.size())) return read_line();
  if (begun == kSignature.substr(0, begun.size())) return read_binary();
  return Status::kNone;
}

ProxyHeaderReader::Status ProxyHeaderReader::bad(std::string text) {
  error_ = std::move(text);
  return Status::kBad;
}

ProxyHeaderReader::Status ProxyHeaderReader::read_line() {
  const bool is_whole = taken_.size() > kLinePrefix.size() && taken_.ends_with("\r\n");
  if (!is_whole) {
    return taken_.size() < kLineMax ? Status::kMore
                                    : bad(std::string(kInvalid) + "v1 line too long");
  }
  const std::vector<std::string> words =
      words_of(std::string_view(taken_).substr(kLinePrefix.size()));
  if (words.empty()) return bad(std::string(kInvalid) + "invalid v1 format");
  if (words[0] == "UNKNOWN") return Status::kDone;
  if (words.size() != 5) return bad(std::string(kInvalid) + "invalid v1 format");
  const std::string& family = words[0];
  const auto source = parse_ip(words[1]);
  const auto destination = parse_ip(words[2]);
  if (!source || !destination) return bad(std::string(kInvalid) + "invalid address");
  const auto source_port = parse_port(words[3]);
  if (!source_port) return bad("invalid source port: " + go_quote(words[3]));
  if (!parse_port(words[4])) return bad("invalid dest port: " + go_quote(words[4]));
  const bool source_is_v6 = words[1].find(':') != std::string::npos;
  const bool destination_is_v6 = words[2].find(':') != std::string::npos;
  if (family == "TCP4" && (source_is_v6 || destination_is_v6)) {
    return bad(std::string(kInvalid) + "TCP4 with IPv6 address");
  }
  if (family == "TCP6" && !(source_is_v6 && destination_is_v6)) {
    return bad(std::string(kInvalid) + "TCP6 with IPv4 address");
  }
  if (family != "TCP4" && family != "TCP6")
    return bad(std::string(kInvalid) + "invalid protocol " + family);
  address_ = *source;
  port_ = *source_port;
  return Status::kDone;
}

// Decides as soon as the fixed part and the addresses are there; the rest is passed over.
ProxyHeaderReader::Status ProxyHeaderReader::read_binary() {
  if (taken_ != kSignature.substr(0, taken_.size()) && taken_.size() <= kSignature.size()) {
    return bad(std::string(kInvalid) + "invalid signature");
  }
  if (taken_.size() < kFixedSize) return Status::kMore;
  const uint8_t version = byte_at(taken_, 12) & 0xf0;
  const uint8_t command = byte_at(taken_, 12) & 0x0f;
  const uint8_t family = byte_at(taken_, 13) & 0xf0;
  const uint8_t protocol = byte_at(taken_, 13) & 0x0f;
  const uint16_t size = number_at(taken_, 14);
  if (version != kVersion2)
    return bad(std::string(kInvalid) + "invalid version " + hex_byte(version));
  const bool is_local = command == kLocal;
  if (!is_local && command != kProxy) {
    return bad("unknown PROXY protocol command: " + hex_byte(command));
  }
  if (!is_local && protocol != kStream)
    return bad(std::string(kUnsupported) + "only STREAM protocol supported");
  if (is_local || family == kUnspecified) {
    is_skipping_ = size > 0;
    to_skip_ = size;
    return is_skipping_ ? Status::kMore : Status::kDone;
  }
  if (family != kInet && family != kInet6) {
    return bad(std::string(kUnsupported) + "unsupported address family " + hex_byte(family));
  }
  const size_t needed = family == kInet ? kInetSize : kInet6Size;
  if (size < needed) {
    return bad((family == kInet ? "IPv4" : "IPv6") + std::string(" address data too short: ") +
               decimal(int64_t{size}) + " bytes");
  }
  if (taken_.size() < kFixedSize + needed) return Status::kMore;
  const char* const source = taken_.data() + kFixedSize;
  address_ = family == kInet ? text_of_v4(source) : text_of_v6(source);
  port_ = number_at(taken_, kFixedSize + needed - 4);
  to_skip_ = static_cast<uint32_t>(size - needed);
  is_skipping_ = to_skip_ > 0;
  return is_skipping_ ? Status::kMore : Status::kDone;
}

}  // namespace myelin
