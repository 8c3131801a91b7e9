#include "hosts/websocket/request_target.h"

#include <vector>

#include "core/base/text.h"

namespace myelin {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t index = 0; index < text.size(); ++index) {
    char byte = text[index];
    if (byte == '%') {
      if (text.size() - index < 3) return std::nullopt;
      const int high = hex_digit(text[index + 1]);
      const int low = hex_digit(text[index + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      byte = static_cast<char>(high * 16 + low);
      index += 2;
    }
    if (byte == '\0') return std::nullopt;
    decoded += byte;
  }
  return decoded;
}

// "http://host/path" -> "/path".
std::optional<std::string_view> without_host(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const size_t end = target.find_first_of("/?", scheme.size());
    if (end == std::string_view::npos) return std::string_view();
    return target.substr(end);
  }
  return std::nullopt;
}

// Letters, digits and `plain` stay.
std::string escape(std::string_view path, std::string_view plain) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char byte : path) {
    const char lower = ascii_lower(byte);
    const bool is_plain = (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') ||
                          plain.find(byte) != std::string_view::npos;
    if (is_plain) {
      escaped += byte;
    } else {
      const auto value = static_cast<unsigned char>(byte);
      escaped += {'%', kDigits[value >> 4], kDigits[value & 15]};
    }
  }
  return escaped;
}

}  // namespace

std::optional<RequestTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) {
    const std::optional<std::string_view> rest = without_host(target);
    if (!rest) return std::nullopt;
    target = *rest;
  }
  const size_t mark = target.find('?');
  std::string escaped(target.substr(0, mark));
  if (escaped.empty()) escaped = "/";
  std::optional<std::string> path = decode(escaped);
  if (!path) return std::nullopt;
  RequestTarget parsed{.path = std::move(*path), .escaped = std::move(escaped)};
  if (mark != std::string_view::npos) parsed.query = target.substr(mark + 1);
  return parsed;
}

std::string clean_path(std::string_view path) {
  std::vector<std::string_view> segments;
  size_t begin = 0;
  while (begin < path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string clean;
  for (const std::string_view segment : segments) clean.append("/").append(segment);
  if (clean.empty() || path.ends_with('/')) clean += '/';
  return clean;
}

std::string escape_path(std::string_view path) { return escape(path, "-_.~/$&+,:;=@"); }

std::string escape_rest(std::string_view path) { return escape(path, "-_.~/$&+,:;=@!'()*%"); }

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    switch (byte) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&#34;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += byte;
    }
  }
  return escaped;
}

}  // namespace myelin
