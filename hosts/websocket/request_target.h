// RequestTarget: where a request wants to go: a path, decoded, and the query behind it, as it came.
//
//     /connz?subs=1          -> "/connz", "subs=1"
//     http://host/connz      -> "/connz", ""           what is said to a proxy
//     /web/a%20b             -> "/web/a b"
//
// Everything here comes from outside. A path may hold any byte but NUL; whoever opens files by it
// asks static_folder, which does not trust it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace myelin {

struct RequestTarget {
  std::string path;     // begins with '/'; not cleaned
  std::string escaped;  // the same as it came
  std::string query;    // without its '?'

  friend bool operator==(const RequestTarget&, const RequestTarget&) = default;
};

// Nothing where it is no path, or holds a wrong escape or a NUL.
std::optional<RequestTarget> parse_target(std::string_view target);

// Without "//", "." and ".."; a '/' at the end stays. Go redirects to it, seen before escapes are
// decoded.
std::string clean_path(std::string_view path);
// As it is written in a URL.
std::string escape_path(std::string_view path);
// The same of what came escaped, as far as it did: to a browser, a "\" is a "/".
std::string escape_rest(std::string_view path);
// As it is written in HTML.
std::string escape_html(std::string_view text);

}  // namespace myelin
