#include "core/auth/distinguished_name.h"

#include <algorithm>

#include "core/base/text.h"

namespace myelin {
namespace {

// More than any subject has; a user's name in a configuration may be any text.
constexpr size_t kAttributesMax = 256;

constexpr std::string_view kSpecial = " \"#+,;<=>\\";
constexpr std::string_view kWellKnown[] = {"C",          "CN",           "L",  "O",     "OU",
                                           "POSTALCODE", "SERIALNUMBER", "ST", "STREET"};

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// A value without its escapes and the blanks around it; nothing if an escape is none. Moves `at` to
// the separator behind it.
std::optional<std::string> read_value(std::string_view text, size_t& at) {
  while (at < text.size() && text[at] == ' ') ++at;
  // A value in BER is not compared.
  if (at < text.size() && text[at] == '#') return std::nullopt;
  std::string value;
  size_t kept = 0;  // what is behind are blanks that may be the last
  for (; at < text.size() && text[at] != ',' && text[at] != '+'; ++at) {
    if (text[at] != '\\') {
      value += text[at];
      if (text[at] != ' ') kept = value.size();
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    if (kSpecial.find(text[at]) != std::string_view::npos) {
      value += text[at];
    } else {
      const int high = hex_digit(text[at]);
      const int low = at + 1 < text.size() ? hex_digit(text[at + 1]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      value += static_cast<char>(high << 4 | low);
      ++at;
    }
    kept = value.size();
  }
  value.resize(kept);
  return value;
}

}  // namespace

std::optional<DistinguishedName> DistinguishedName::parse(std::string_view text) {
  DistinguishedName name;
  for (size_t at = 0; at < text.size(); ++at) {
    while (at < text.size() && text[at] == ' ') ++at;
    const size_t equals = text.find('=', at);
    if (equals == std::string_view::npos || equals == at) return std::nullopt;
    std::string_view type = text.substr(at, equals - at);
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    if (type.empty() || type.find_first_of(",+\\") != std::string_view::npos) return std::nullopt;
    at = equals + 1;
    std::optional<std::string> value = read_value(text, at);
    if (!value || name.attributes_.size() == kAttributesMax) return std::nullopt;
    name.attributes_.emplace_back(upper_case(type), std::move(*value));
  }
  if (name.attributes_.empty()) return std::nullopt;
  std::sort(name.attributes_.begin(), name.attributes_.end());
  return name;
}

DistinguishedName DistinguishedName::well_known() const {
  DistinguishedName name;
  for (const auto& attribute : attributes_) {
    const auto* const end = std::end(kWellKnown);
    if (std::find(std::begin(kWellKnown), end, attribute.first) != end) {
      name.attributes_.push_back(attribute);
    }
  }
  return name;
}

}  // namespace myelin
