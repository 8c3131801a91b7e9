#include "core/config/config_digest.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/base/checksum.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

// The shortest digits that read back as the same number, zeros around them as needed; an exponent
// only where Go writes one.
std::string json_number(double number) {
  char text[32];
  for (int digits = 0; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*e", digits, number);
    if (std::strtod(text, nullptr) == number) break;
  }
  std::string shortest = text;
  const double size = std::fabs(number);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) {
    if (const size_t zero = shortest.rfind("e-0"); zero != std::string::npos) {
      shortest.erase(zero + 2, 1);
    }
    return shortest;
  }
  const size_t mantissa_size = shortest.find('e');
  const bool is_fraction = shortest[mantissa_size + 1] == '-';
  const auto exponent =
      static_cast<size_t>(parse_decimal(shortest.substr(mantissa_size + 2), 2).value_or(0));
  std::string digits;
  for (const char c : shortest.substr(0, mantissa_size)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  std::string plain = shortest[0] == '-' ? "-" : "";
  if (is_fraction) return plain + "0." + std::string(exponent - 1, '0') + digits;
  const size_t whole = exponent + 1;
  if (digits.size() <= whole) return plain + digits + std::string(whole - digits.size(), '0');
  return plain + digits.substr(0, whole) + "." + digits.substr(whole);
}

void write(const ConfigValue& value, std::string& to);

void write_string(std::string_view text, std::string& to) { JsonWriter(to).value(text); }

void write_map(const ConfigValue& map, std::string& to) {
  std::vector<const ConfigMember*> sorted;
  sorted.reserve(map.members.size());
  for (const ConfigMember& member : map.members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [](const ConfigMember* a, const ConfigMember* b) { return a->key < b->key; });
  to += '{';
  for (const ConfigMember* member : sorted) {
    if (member != sorted.front()) to += ',';
    write_string(member->key, to);
    to += ':';
    write(member->value, to);
  }
  to += '}';
}

void write(const ConfigValue& value, std::string& to) {
  switch (value.kind) {
    case Kind::kBool:
      to += value.boolean ? "true" : "false";
      return;
    case Kind::kInt:
      to += decimal(value.integer);
      return;
    case Kind::kFloat:
      to += json_number(value.real);
      return;
    case Kind::kString:
    case Kind::kDatetime:
      return write_string(value.text, to);
    case Kind::kArray:
      to += '[';
      for (size_t i = 0; i < value.elements.size(); ++i) {
        if (i != 0) to += ',';
        write(value.elements[i], to);
      }
      to += ']';
      return;
    case Kind::kMap:
      return write_map(value, to);
  }
}

}  // namespace

std::string config_digest(const ConfigValue& root) {
  std::string json;
  write(root, json);
  json += '\n';
  return "sha256:" + sha256_hex(json);
}

}  // namespace myelin
