#include "core/base/text.h"

#include <algorithm>

namespace myelin {

void append_decimal(std::string& to, uint64_t value) {
  char digits[kDecimalSizeMax];
  to.append(digits, write_decimal(digits, value));
}

std::string decimal(int64_t value) {
  char digits[kDecimalSizeMax + 1];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::optional<uint64_t> parse_decimal(std::string_view text, size_t digits_max) {
  if (text.empty() || text.size() > digits_max) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t index = 0; index < a.size(); ++index) {
    if (ascii_lower(a[index]) != ascii_lower(b[index])) return false;
  }
  return true;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string encode_bits(std::string_view bytes, unsigned bits_per_digit,
                        std::string_view alphabet) {
  std::string text;
  uint32_t held = 0;
  unsigned held_bits = 0;
  const uint32_t mask = (1u << bits_per_digit) - 1;
  for (const char byte : bytes) {
    held = (held << 8) | static_cast<unsigned char>(byte);
    held_bits += 8;
    while (held_bits >= bits_per_digit) {
      held_bits -= bits_per_digit;
      text += alphabet[(held >> held_bits) & mask];
    }
  }
  if (held_bits > 0) text += alphabet[(held << (bits_per_digit - held_bits)) & mask];
  return text;
}

// A digit's value, or -1.
int digit_in(char c, std::string_view alphabet) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  const size_t at = alphabet.find(c, 26);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// What is left over of a whole number of bytes must be less than a digit.
std::optional<std::string> decode_bits(std::string_view text, unsigned bits_per_digit,
                                       std::string_view alphabet) {
  std::string bytes;
  bytes.reserve(text.size() * bits_per_digit / 8);
  uint32_t held = 0;
  unsigned held_bits = 0;
  for (const char c : text) {
    const int digit = digit_in(c, alphabet);
    if (digit < 0) return std::nullopt;
    held = (held << bits_per_digit) | static_cast<uint32_t>(digit);
    held_bits += bits_per_digit;
    if (held_bits < 8) continue;
    held_bits -= 8;
    bytes += static_cast<char>(held >> held_bits);
  }
  if (held_bits >= bits_per_digit) return std::nullopt;
  return bytes;
}

std::string without_line_ends(std::string_view text) {
  std::string kept(text);
  std::erase_if(kept, [](char c) { return c == '\r' || c == '\n'; });
  return kept;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text = encode_bits(bytes, 6, kBase64);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string base64_url(std::string_view bytes) { return encode_bits(bytes, 6, kBase64Url); }

std::string base32(std::string_view bytes) { return encode_bits(bytes, 5, kBase32); }

std::optional<std::string> decode_base64(std::string_view text) {
  std::string digits = without_line_ends(text);
  if (digits.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding) digits.pop_back();
  return decode_bits(digits, 6, kBase64);
}

std::optional<std::string> decode_base64_url(std::string_view text) {
  return decode_bits(without_line_ends(text), 6, kBase64Url);
}

std::optional<std::string> decode_base32(std::string_view text) {
  return decode_bits(text, 5, kBase32);
}

std::string go_duration(Duration span) {
  const int64_t total = span.count();
  if (total == 0) return "0s";
  const uint64_t ns = total < 0 ? 0 - static_cast<uint64_t>(total) : static_cast<uint64_t>(total);
  std::string text = total < 0 ? "-" : "";
  const auto append_fraction = [&text](uint64_t value, uint64_t unit, const char* suffix) {
    append_decimal(text, value / unit);
    uint64_t rest = value % unit;
    if (rest != 0) {
      text += '.';
      while (rest != 0) {
        unit /= 10;
        text += static_cast<char>('0' + rest / unit);
        rest %= unit;
      }
    }
    text += suffix;
  };
  if (ns < 1000) {
    append_fraction(ns, 1, "ns");
  } else if (ns < 1'000'000) {
    append_fraction(ns, 1000, "\u00b5s");
  } else if (ns < 1'000'000'000) {
    append_fraction(ns, 1'000'000, "ms");
  } else {
    const uint64_t minutes_total = ns / 60'000'000'000;
    if (minutes_total >= 60) {
      append_decimal(text, minutes_total / 60);
      text += 'h';
    }
    if (minutes_total > 0) {
      append_decimal(text, minutes_total % 60);
      text += 'm';
    }
    append_fraction(ns % 60'000'000'000, 1'000'000'000, "s");
  }
  return text;
}

size_t utf8_size(std::string_view text) {
  const auto byte = [text](size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (size_t index = 1; index < size; ++index) {
    if ((byte(index) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return size;
}

std::string go_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kNamed = "\a\b\t\n\v\f\r";
  std::string quoted = "\"";
  while (!text.empty()) {
    const char c = text.front();
    const size_t size = utf8_size(text);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (const size_t name = kNamed.find(c); name != std::string_view::npos) {
      quoted += '\\';
      quoted += "abtnvfr"[name];
    } else if (size == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += "\\x";
      quoted += kHex[static_cast<unsigned char>(c) >> 4];
      quoted += kHex[static_cast<unsigned char>(c) & 0xF];
    } else {
      quoted.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  quoted += '"';
  return quoted;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

uint32_t fnv1a_32(std::string_view bytes, uint32_t hash) {
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 16777619u;
  }
  return hash;
}

}  // namespace myelin
