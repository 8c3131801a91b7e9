#include "tests/conformance/runner/pattern.h"

#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace myelin::conformance {
namespace {

enum class Kind {
  kBytes,
  kVariable,
  kAnyVariable,
  kSize,
  kRepetition,
  kInt,
  kWord,
  kNuid,
  kTime,
  kAny
};

struct Piece {
  Kind kind = Kind::kBytes;
  std::string text;  // the bytes, or the name of a variable
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes one escape sequence (the backslash is already gone).
char take_escape(std::string_view& text) {
  if (text.empty()) throw std::runtime_error("a backslash at the end");
  const char c = text.front();
  text.remove_prefix(1);
  switch (c) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case 's':
      return ' ';
    case '\\':
    case '{':
      return c;
    case 'x':
      break;
    default:
      throw std::runtime_error(std::string("unknown escape \\") + c);
  }
  if (text.size() < 2 || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0) {
    throw std::runtime_error("\\x needs two digits");
  }
  const int value = hex_digit(text[0]) * 16 + hex_digit(text[1]);
  text.remove_prefix(2);
  return static_cast<char>(value);
}

std::optional<Piece> placeholder(std::string_view inside) {
  if (inside.starts_with('$') && inside.ends_with('*')) {
    return Piece{Kind::kAnyVariable, std::string(inside.substr(0, inside.size() - 1))};
  }
  if (inside.starts_with('$')) return Piece{Kind::kVariable, std::string(inside)};
  if (inside.starts_with("#$")) return Piece{Kind::kSize, std::string(inside.substr(1))};
  if (inside == "#") return Piece{Kind::kRepetition, {}};
  if (inside == "int") return Piece{Kind::kInt, {}};
  if (inside == "sid" || inside == "word") return Piece{Kind::kWord, {}};
  if (inside == "nuid") return Piece{Kind::kNuid, {}};
  if (inside == "time") return Piece{Kind::kTime, {}};
  if (inside == "any") return Piece{Kind::kAny, {}};
  if (inside.size() > 2 && inside[1] == '*') {
    std::size_t times = 0;
    const char* end = inside.data() + inside.size();
    const auto [stop, error] = std::from_chars(inside.data() + 2, end, times);
    if (error == std::errc{} && stop == end)
      return Piece{Kind::kBytes, std::string(times, inside[0])};
  }
  return std::nullopt;
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  std::string bytes;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\\') {
      bytes.push_back(take_escape(text));
      continue;
    }
    const std::size_t end = text.find('}');
    std::optional<Piece> piece;
    if (c == '{' && end != std::string_view::npos) piece = placeholder(text.substr(0, end));
    if (!piece) {
      bytes.push_back(c);
      continue;
    }
    text.remove_prefix(end + 1);
    if (piece->kind == Kind::kBytes) {
      bytes += piece->text;
      continue;
    }
    if (!bytes.empty()) pieces.push_back({Kind::kBytes, std::exchange(bytes, {})});
    pieces.push_back(std::move(*piece));
  }
  if (!bytes.empty()) pieces.push_back({Kind::kBytes, std::move(bytes)});
  return pieces;
}

bool fits(Kind kind, std::string_view bytes) {
  const auto all = [&](auto accepts) {
    for (const char c : bytes) {
      if (!accepts(static_cast<unsigned char>(c))) return false;
    }
    return !bytes.empty();
  };
  switch (kind) {
    case Kind::kInt:
      return all([](unsigned char c) { return std::isdigit(c) != 0; });
    case Kind::kVariable:
    case Kind::kWord:
      return all([](unsigned char c) { return c > ' '; });
    case Kind::kNuid:
      return bytes.size() == 22 && all([](unsigned char c) { return std::isalnum(c) != 0; });
    case Kind::kTime:
      return bytes.size() >= 20 && bytes[4] == '-' && bytes[10] == 'T' &&
             all([](unsigned char c) { return c > ' '; });
    case Kind::kAny:
    case Kind::kAnyVariable:
      return true;
    case Kind::kSize:
    case Kind::kBytes:
    case Kind::kRepetition:
      break;
  }
  return false;
}

const std::string& value_of(const Piece& piece, const Variables& variables) {
  const auto it = variables.find(piece.text);
  if (it == variables.end()) throw std::runtime_error("cannot send what is not known");
  return it->second;
}

bool match_from(const std::vector<Piece>& pieces, std::size_t at, std::string_view bytes,
                Variables& variables) {
  if (at == pieces.size()) return bytes.empty();
  const Piece& piece = pieces[at];
  const auto known = variables.find(piece.text);
  const bool is_variable = piece.kind == Kind::kVariable || piece.kind == Kind::kAnyVariable;
  const bool is_known = is_variable && known != variables.end();
  if (piece.kind == Kind::kSize) {
    const std::string size = std::to_string(value_of(piece, variables).size());
    return bytes.starts_with(size) &&
           match_from(pieces, at + 1, bytes.substr(size.size()), variables);
  }
  if (piece.kind == Kind::kBytes || is_known) {
    const std::string_view text = is_known ? known->second : piece.text;
    return bytes.starts_with(text) &&
           match_from(pieces, at + 1, bytes.substr(text.size()), variables);
  }
  for (std::size_t size = bytes.size() + 1; size-- > 0;) {
    if (!fits(piece.kind, bytes.substr(0, size))) continue;
    Variables learnt = variables;
    if (is_variable) learnt[piece.text] = bytes.substr(0, size);
    if (match_from(pieces, at + 1, bytes.substr(size), learnt)) {
      variables = std::move(learnt);
      return true;
    }
  }
  return false;
}

std::string plain(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool contains_fields(const nlohmann::json& wanted, const nlohmann::json& seen, Variables& variables,
                     std::string& why) {
  for (const auto& [key, value] : wanted.items()) {
    const bool has = seen.contains(key);
    if (value == "{absent}") {
      if (has) {
        why = key + " should be absent, it is " + seen[key].dump();
        return false;
      }
      continue;
    }
    if (!has) {
      why = key + " is missing";
      return false;
    }
    if (!contains(value, seen[key], variables, why)) {
      why = key + ": " + why;
      return false;
    }
  }
  return true;
}

}  // namespace

std::string expand(std::string_view text, const Variables& variables, std::size_t repetition) {
  std::string bytes;
  for (const Piece& piece : pieces_of(text)) {
    if (piece.kind == Kind::kBytes) {
      bytes += piece.text;
    } else if (piece.kind == Kind::kRepetition) {
      bytes += std::to_string(repetition);
    } else if (piece.kind == Kind::kSize) {
      bytes += std::to_string(value_of(piece, variables).size());
    } else {
      bytes += value_of(piece, variables);
    }
  }
  return bytes;
}

bool matches(std::string_view pattern, std::string_view bytes, Variables& variables) {
  return match_from(pieces_of(pattern), 0, bytes, variables);
}

bool contains(const nlohmann::json& wanted, const nlohmann::json& seen, Variables& variables,
              std::string& why) {
  if (wanted.is_object() && seen.is_object()) {
    return contains_fields(wanted, seen, variables, why);
  }
  if (wanted.is_array() && seen.is_array() && wanted.size() == seen.size()) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!contains(wanted[i], seen[i], variables, why)) return false;
    }
    return true;
  }
  if (wanted.is_string() ? matches(wanted.get<std::string>(), plain(seen), variables)
                         : wanted == seen) {
    return true;
  }
  why = "wanted " + wanted.dump() + ", saw " + seen.dump();
  return false;
}

std::string printable(std::string_view bytes) {
  static constexpr std::size_t kShown = 160;
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\\') {
      out += "\\\\";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  if (bytes.size() > kShown) out += "... (" + std::to_string(bytes.size()) + " bytes)";
  return out;
}

}  // namespace myelin::conformance
