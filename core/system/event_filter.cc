#include "core/system/event_filter.h"

#include <algorithm>

#include "core/base/json_syntax.h"
#include "core/limits.h"

namespace myelin {
namespace {

bool fits(std::string_view wanted, std::string_view actual, bool exactly) {
  if (wanted.empty()) return true;
  return exactly ? wanted == actual : actual.find(wanted) != std::string_view::npos;
}

// As Go says it of one value; the scanner's words are those of Go's stream decoder.
std::string unmarshal_error(std::string_view body, const JsonSyntax& syntax) {
  if (!syntax.is_valid()) {
    if (syntax.error == "unexpected EOF") return "unexpected end of JSON input";
    return syntax.error.substr(0, syntax.error.find(" at offset "));
  }
  const std::string_view rest = skip_json_blanks(body.substr(syntax.end));
  return "invalid character '" + std::string(rest.substr(0, 1)) + "' after top-level value";
}

}  // namespace

bool EventFilter::matches(const Context& context) const {
  const std::vector<std::string>& own = context.options.monitor.tags;
  const auto is_own = [&own](const std::string& tag) {
    return std::find(own.begin(), own.end(), tag) != own.end();
  };
  return fits(server_name, context.server_name, exact_match) &&
         fits(host, context.options.host, exact_match) && fits(cluster, "", exact_match) &&
         domain.empty() && std::all_of(tags.begin(), tags.end(), is_own);
}

std::optional<std::string> read_request(std::string_view body, std::string_view type,
                                        EventFilter& filter, const JsonFields::Read& read_options) {
  if (body.empty()) return std::nullopt;
  if (body.size() > kSystemBodyMax) return "request is too large";
  const JsonSyntax syntax = scan_json(body, kJsonDepthMax, 0);
  if (!syntax.is_valid() || !skip_json_blanks(body.substr(syntax.end)).empty()) {
    return unmarshal_error(body, syntax);
  }
  const auto document = JsonDocument::parse(body, kJsonDepthMax);
  if (!document) return "invalid JSON";
  const JsonView root = document->root();
  if (root.is_null()) return std::nullopt;
  if (!root.is_object()) {
    return "json: cannot unmarshal " + std::string(root.kind()) + " into Go value of type server." +
           std::string(type);
  }
  JsonErrors errors;
  JsonFields fields(root, errors, type, "");
  if (read_options) read_options(fields);
  // The filter alone has no path of its own.
  fields.set_path(type == "EventFilterOptions" ? "" : "EventFilterOptions.");
  fields.read("server_name", filter.server_name);
  fields.read("cluster", filter.cluster);
  fields.read("host", filter.host);
  fields.read("exact_match", filter.exact_match);
  fields.read("tags", filter.tags);
  fields.read("domain", filter.domain);
  if (errors.has_any()) return errors.text();
  return std::nullopt;
}

}  // namespace myelin
