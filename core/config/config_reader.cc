#include "core/config/config_reader.h"

#include <charconv>

#include "core/base/text.h"
#include "core/config/duration.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

// A decimal integer with an optional sign, nothing else.
bool parse_port(std::string_view text, int64_t& to) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), to);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool is_port(int64_t number) { return number >= -1 && number <= 65535; }

int port_of(int64_t number, int default_port) {
  return number == -1 ? 0 : number == 0 ? default_port : static_cast<int>(number);
}

}  // namespace

std::string quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 0xF];
    } else {
      result += c;
    }
  }
  return result + "\"";
}

// Differs: nats-server repeats a seed that was written in the place of a public key.
std::string quoted_key(std::string_view text) {
  return text.substr(0, 1) == "S" ? "\"[REDACTED]\"" : quoted(text);
}

std::string not_supported(std::string_view what) {
  return std::string(what) + " is not supported yet by this version of myelin-server";
}

bool split_host_port(std::string_view text, std::string& host, std::string& port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view name = text.substr(0, colon);
  if (!name.empty() && name[0] == '[') {
    if (name.back() != ']') return false;
    name = name.substr(1, name.size() - 2);
  } else if (name.find(':') != std::string_view::npos) {
    return false;
  }
  const std::string_view number = text.substr(colon + 1);
  if (name.find_first_of("[]") != std::string_view::npos) return false;
  if (number.find_first_of("[]") != std::string_view::npos) return false;
  host = std::string(name);
  port = std::string(number);
  return true;
}

Diagnostic ConfigReader::place(const ConfigValue& at, std::string text) const {
  const std::string file = at.file < tree_.files.size() ? tree_.files[at.file] : std::string();
  return {file, at.line, at.pos, std::move(text)};
}

void ConfigReader::error(const ConfigValue& at, std::string text) {
  errors_.push_back(place(at, std::move(text)));
}

void ConfigReader::warning(const ConfigMember& at, const std::string& text) {
  warnings_.push_back(place(at.value, "invalid use of field " + quoted(at.key) + ": " + text));
}

void ConfigReader::notice(const std::string& text) { notices_.push_back(text); }

void ConfigReader::unknown(const ConfigMember& member) {
  if (member.value.is_used_as_variable) return;
  error(member.value, "unknown field " + quoted(member.key));
}

Diagnostic ConfigReader::refusal(const ConfigMember& member) const {
  return place(member.value, not_supported(quoted(member.key)));
}

std::string ConfigReader::place_of(const ConfigMember& member) const {
  std::string text = to_string(place(member.value, ""));
  text.erase(text.find_last_not_of(": ") + 1);
  return text;
}

bool ConfigReader::has_kind(const ConfigMember& member, Kind kind) {
  if (member.value.is(kind)) return true;
  error(member.value, "expected " + std::string(name_of(kind)) + " for " + quoted(member.key) +
                          ", got " + name_of(member.value.kind));
  return false;
}

void ConfigReader::read(const ConfigMember& member, bool& to) {
  if (has_kind(member, Kind::kBool)) to = member.value.boolean;
}

void ConfigReader::read(const ConfigMember& member, std::string& to) {
  if (has_kind(member, Kind::kString)) to = member.value.text;
}

bool ConfigReader::read(const ConfigMember& member, int64_t least, int64_t most, int64_t& to) {
  if (!has_kind(member, Kind::kInt)) return false;
  if (member.value.integer > most) {
    error(member.value, member.key + " value is too big, at most " + decimal(most));
    return false;
  }
  if (member.value.integer < least) {
    error(member.value, member.key + " value is too small, at least " + decimal(least));
    return false;
  }
  to = member.value.integer;
  return true;
}

bool ConfigReader::read(const ConfigMember& member, Duration& to) {
  if (!has_kind(member, Kind::kString)) return false;
  const auto parsed = parse_duration(member.value.text);
  if (!parsed) {
    error(member.value,
          "error parsing " + member.key + ": invalid duration " + quoted(member.value.text));
    return false;
  }
  // Differs: nats-server takes some negative durations and then does nothing sensible with them.
  if (*parsed < Duration::zero()) {
    error(member.value, "invalid " + member.key + ", needs to be positive");
    return false;
  }
  to = *parsed;
  return true;
}

void ConfigReader::read_lenient(const ConfigMember& member, Duration fallback, Duration& to) {
  Duration read_duration{};
  if (member.value.is(Kind::kInt)) {
    warning(member, member.key + " should be converted to a duration");
    int64_t count = 0;
    constexpr int64_t kSecondsMax = 9'000'000'000;
    if (!read(member, 0, kSecondsMax, count)) return;
    read_duration = seconds(count);
  } else if (!read(member, read_duration)) {
    return;
  }
  to = read_duration == Duration::zero() ? fallback : read_duration;
}

bool ConfigReader::read_timeout(const ConfigMember& member, Duration fallback, Duration& to) {
  Duration read_duration{};
  if (member.value.is(Kind::kString)) {
    if (!read(member, read_duration)) return false;
  } else {
    double count = 0;
    if (member.value.is(Kind::kInt)) {
      count = static_cast<double>(member.value.integer);
    } else if (has_kind(member, Kind::kFloat)) {
      count = member.value.real;
    } else {
      return false;
    }
    const auto converted = duration_of_seconds(count);
    if (!converted || count < 0) {
      error(member.value, "invalid " + member.key + ", out of range");
      return false;
    }
    read_duration = *converted;
  }
  to = read_duration == Duration::zero() ? fallback : read_duration;
  return true;
}

void ConfigReader::read_listen(const ConfigMember& member, int default_port, ListenAddress& to) {
  std::string host, port;
  int64_t number = 0;
  if (member.value.is(Kind::kInt)) {
    number = member.value.integer;
  } else if (!member.value.is(Kind::kString)) {
    error(member.value,
          "expected port or host:port, got " + std::string(name_of(member.value.kind)));
    return;
  } else if (!split_host_port(member.value.text, host, port)) {
    error(member.value, "could not parse address string " + quoted(member.value.text));
    return;
  } else if (!parse_port(port, number)) {
    error(member.value, "could not parse port " + quoted(port));
    return;
  }
  if (!is_port(number)) {
    error(member.value, "port " + decimal(number) + " is out of range");
    return;
  }
  to = {host, port_of(number, default_port)};
}

void ConfigReader::read_port(const ConfigMember& member, int default_port, int& to) {
  int64_t number = 0;
  if (read(member, -1, 65535, number)) to = port_of(number, default_port);
}

bool ConfigReader::read(const ConfigMember& member, std::vector<std::string>& to) {
  std::vector<std::string> texts;
  if (member.value.is(Kind::kString)) {
    texts.push_back(member.value.text);
  } else if (has_kind(member, Kind::kArray)) {
    for (const ConfigValue& element : member.value.elements) {
      if (!element.is(Kind::kString)) {
        error(element,
              "expected strings in " + quoted(member.key) + ", got " + name_of(element.kind));
        return false;
      }
      texts.push_back(element.text);
    }
  } else {
    return false;
  }
  to = std::move(texts);
  return true;
}

}  // namespace myelin
