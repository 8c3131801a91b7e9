// Numbers to text and back, and the few ASCII manners the protocol needs. No locale, no allocation
// surprises.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace myelin {

inline constexpr size_t kDecimalSizeMax = 20;  // digits of the largest uint64_t

// Writes `value` at `to` (room for kDecimalSizeMax) and returns the end.
inline char* write_decimal(char* to, uint64_t value) {
  return std::to_chars(to, to + kDecimalSizeMax, value).ptr;
}
void append_decimal(std::string& to, uint64_t value);
std::string decimal(int64_t value);

// Decimal digits only, no sign, at most `digits_max` of them; nothing for anything else.
std::optional<uint64_t> parse_decimal(std::string_view text, size_t digits_max);

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);

// 0 to 15, or -1 for what is no hexadecimal digit.
int hex_digit(char c);

inline constexpr std::string_view kWhitespace = " \t\r\n\v\f";
// Without the `blanks` around it; what HTTP calls so, where nothing else is said.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t");

// The parts between one `separator` and the next, empty ones too.
std::vector<std::string_view> split(std::string_view text, char separator);
bool contains(const std::vector<std::string>& list, std::string_view text);

// Base64 (RFC 4648, section 4, padded), as JSON holds bytes.
std::string base64(std::string_view bytes);
// Base64 (RFC 4648, section 5 alphabet, no padding), as nats-server writes nonces.
std::string base64_url(std::string_view bytes);
// Base32 (RFC 4648, no padding), as nkeys are written.
std::string base32(std::string_view bytes);
// The way back; nothing for what is none. As Go's decoders do, those of base64 pass over line ends,
// and none of them minds bits behind the last byte.
std::optional<std::string> decode_base64(std::string_view text);
std::optional<std::string> decode_base64_url(std::string_view text);
std::optional<std::string> decode_base32(std::string_view text);

// The units of Go's spans. A name that begins another one stands behind it.
struct GoUnit {
  std::string_view name;
  int64_t ns;
};
inline constexpr GoUnit kGoUnits[] = {
    {"ns", 1},         {"us", 1000},         {"\u00b5s", 1000},     {"\u03bcs", 1000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

// A span as Go prints one: "2m0s", "1.5s", "250ms". What nats-server's log and monitoring show.
std::string go_duration(Duration span);

// Text in double quotes, escaped as Go's %q does for what a subject or a log line holds.
std::string go_quote(std::string_view text);

// The size of the UTF-8 sequence that `text` (not empty) begins with, or 0 if it is none.
size_t utf8_size(std::string_view text);

// FNV-1a, 32 bit: nats-server's partition() function is defined by it.
uint32_t fnv1a_32(std::string_view bytes, uint32_t hash = 2166136261u);

}  // namespace myelin
