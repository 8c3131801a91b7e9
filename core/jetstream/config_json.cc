#include "core/jetstream/config_json.h"

#include <algorithm>
#include <limits>

#include "core/base/json_syntax.h"
#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/limits.h"

namespace myelin {
namespace {

std::string cannot_unmarshal(std::string_view what) {
  return "json: cannot unmarshal " + std::string(what) + " into Go ";
}

bool is_number_type(std::string_view go_type) {
  return go_type.starts_with("int") || go_type == "uint64" || go_type == "time.Duration";
}

bool stands_for(std::string_view text, std::string_view name, bool any_case) {
  return any_case ? equals_ignoring_case(text, name) : text == name;
}

// One document onto what `read` fills in.
void read_document(JsonView value, JsonStrictness strictness, std::string_view type,
                   const JsonFields::Read& read, JsonErrors& errors) {
  if (value.is_null()) return;
  if (!value.is_object()) {
    errors.save(cannot_unmarshal(value.kind()) + "value of type server." + std::string(type));
    return;
  }
  JsonFields fields(value, errors, type, "");
  read(fields);
  fields.finish(strictness);
}

std::optional<ApiError> error_of(const JsonErrors& errors) {
  if (!errors.has_any()) return std::nullopt;
  return api_error(ApiErrc::kInvalidJson, errors.text());
}

}  // namespace

void JsonErrors::save(std::string text) {
  if (text_.empty()) text_ = std::move(text);
}

void JsonErrors::end(std::string text) {
  if (!ended_) text_ = std::move(text);
  ended_ = true;
}

JsonFields::JsonFields(JsonView object, JsonErrors& errors, std::string_view type, std::string path)
    : object_(object), errors_(errors), type_(type), path_(std::move(path)) {}

JsonView JsonFields::take(std::string_view name) {
  known_.push_back(name);
  return object_.find(name);
}

void JsonFields::complain(std::string_view name, JsonView value, std::string_view go_type) {
  std::string what(value.kind());
  // A number's own text is shown where it is the value that does not fit, not the kind.
  if (what == "number" && is_number_type(go_type)) what += " " + value.text();
  errors_.save(cannot_unmarshal(what) + "struct field " + std::string(type_) + "." + path_ +
               std::string(name) + " of type " + std::string(go_type));
}

void JsonFields::read(std::string_view name, std::string& to) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return;
  if (const auto text = value.as_string()) {
    to = *text;
  } else {
    complain(name, value, "string");
  }
}

void JsonFields::read(std::string_view name, bool& to) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return;
  if (const auto truth = value.as_bool()) {
    to = *truth;
  } else {
    complain(name, value, "bool");
  }
}

void JsonFields::read(std::string_view name, int64_t& to, std::string_view go_type) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return;
  if (const auto number = value.as_int()) {
    to = *number;
  } else {
    complain(name, value, go_type);
  }
}

void JsonFields::read(std::string_view name, int32_t& to) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return;
  const auto number = value.as_int();
  if (number && *number >= std::numeric_limits<int32_t>::min() &&
      *number <= std::numeric_limits<int32_t>::max()) {
    to = static_cast<int32_t>(*number);
  } else {
    complain(name, value, "int32");
  }
}

void JsonFields::read(std::string_view name, uint64_t& to) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return;
  if (const auto number = value.as_uint()) {
    to = *number;
  } else {
    complain(name, value, "uint64");
  }
}

void JsonFields::read(std::string_view name, Duration& to) {
  int64_t ns = to.count();
  read(name, ns, "time.Duration");
  to = Duration(ns);
}

void JsonFields::read(std::string_view name, std::optional<WallTime>& to) {
  const JsonView value = take(name);
  if (!value.is_present()) return;
  if (value.is_null()) {
    to.reset();
    return;
  }
  const auto text = value.as_string();
  if (!text) return errors_.end("Time.UnmarshalJSON: input is not a JSON string");
  to = parse_rfc3339(*text);
  if (to) return;
  // Differs: nats-server names the part of the time that it could not read.
  errors_.end("parsing time " + go_quote(*text) +
              " as \"2006-01-02T15:04:05Z07:00\": cannot parse " + go_quote(*text) +
              " as \"2006\"");
}

void JsonFields::read(std::string_view name, std::vector<std::string>& to) {
  const JsonView value = take(name);
  if (!value.is_present()) return;
  to.clear();
  if (value.is_null()) return;
  if (!value.is_array()) return complain(name, value, "[]string");
  value.each([&](std::string_view, JsonView element) {
    const auto text = element.as_string();
    if (!text && !element.is_null()) complain(name, element, "string");
    to.emplace_back(text.value_or(""));
    return true;
  });
}

void JsonFields::read(std::string_view name, std::vector<Duration>& to) {
  const JsonView value = take(name);
  if (!value.is_present()) return;
  to.clear();
  if (value.is_null()) return;
  if (!value.is_array()) return complain(name, value, "[]time.Duration");
  value.each([&](std::string_view, JsonView element) {
    const auto ns = element.as_int();
    if (!ns && !element.is_null()) complain(name, element, "time.Duration");
    to.emplace_back(ns.value_or(0));
    return true;
  });
}

void JsonFields::read(std::string_view name, Metadata& to) {
  const JsonView value = take(name);
  if (!value.is_present()) return;
  if (value.is_null()) return to.clear();
  if (!value.is_object()) return complain(name, value, "map[string]string");
  value.each([&](std::string_view key, JsonView element) {
    const auto text = element.as_string();
    if (!text && !element.is_null()) complain(name, element, "string");
    to[std::string(key)] = text.value_or("");
    return true;
  });
}

std::optional<size_t> JsonFields::read_choice(std::string_view name, const JsonChoice& choice) {
  const JsonView value = take(name);
  if (!value.is_present()) return std::nullopt;
  if (const auto text = value.as_string()) {
    for (size_t index = 0; index < choice.names.size(); ++index) {
      if (stands_for(*text, choice.names[index], choice.any_case)) return index;
    }
    if (choice.alias.data() != nullptr && *text == choice.alias) return 0;
  }
  if (choice.complaint.empty()) {
    errors_.end("can not unmarshal " + go_quote(value.text()));
  } else {
    errors_.end(std::string(choice.complaint) + value.text());
  }
  return std::nullopt;
}

bool JsonFields::read(std::string_view name, std::string_view type, const Read& read) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return false;
  if (value.is_object()) {
    read_object(value, type, path_ + std::string(name) + ".", read);
  } else {
    complain(name, value, "server." + std::string(type));
  }
  return true;
}

bool JsonFields::read_each(std::string_view name, std::string_view type, std::string_view go_type,
                           const Read& read) {
  const JsonView value = take(name);
  if (!value.is_present() || value.is_null()) return false;
  if (!value.is_array()) {
    complain(name, value, go_type);
    return true;
  }
  value.each([&](std::string_view, JsonView element) {
    if (element.is_object()) {
      read_object(element, type, path_ + std::string(name) + ".", read);
    } else if (!element.is_null()) {
      complain(name, element, "server." + std::string(type));
    }
    return true;
  });
  return value.size() > 0;
}

void JsonFields::read_object(JsonView object, std::string_view type, std::string path,
                             const Read& read) {
  JsonFields fields(object, errors_, type, std::move(path));
  read(fields);
  // Kept for finish(), which knows whether it matters.
  const std::string unknown = fields.first_unknown();
  if (unknown_.empty()) unknown_ = unknown;
}

std::string JsonFields::first_unknown() const {
  std::string unknown = unknown_;
  object_.each([&](std::string_view name, JsonView) {
    const bool is_known = std::any_of(known_.begin(), known_.end(), [&](std::string_view known) {
      return equals_ignoring_case(known, name);
    });
    if (!is_known) unknown = "json: unknown field " + go_quote(name);
    return is_known;
  });
  return unknown;
}

void JsonFields::finish(JsonStrictness strictness) {
  if (strictness == JsonStrictness::kLenient) return;
  const std::string unknown = first_unknown();
  if (!unknown.empty()) errors_.save(unknown);
}

std::optional<ApiError> read_json(std::string_view text, JsonStrictness strictness,
                                  std::string_view type, const JsonFields::Read& read) {
  JsonErrors errors;
  const size_t whole_size = text.size();
  for (text = skip_json_blanks(text); !text.empty(); text = skip_json_blanks(text)) {
    const JsonSyntax syntax = scan_json(text, kJsonDepthMax, whole_size - text.size());
    if (!syntax.is_valid()) {
      errors.save(syntax.error);
      break;
    }
    const auto document = JsonDocument::parse(text.substr(0, syntax.end), kJsonDepthMax);
    if (!document) {
      errors.save("not a JSON document");
      break;
    }
    read_document(document->root(), strictness, type, read, errors);
    if (errors.has_any()) break;
    text.remove_prefix(syntax.end);
  }
  return error_of(errors);
}

std::optional<ApiError> read_json(JsonView value, JsonStrictness strictness, std::string_view type,
                                  const JsonFields::Read& read) {
  JsonErrors errors;
  read_document(value, strictness, type, read, errors);
  return error_of(errors);
}

void write_unless_zero(JsonWriter& json, std::string_view name, int64_t number) {
  if (number != 0) json.field(name, number);
}

void write_unless_zero(JsonWriter& json, std::string_view name, Duration span) {
  if (span != Duration::zero()) json.field(name, int64_t{span.count()});
}

void write_if(JsonWriter& json, std::string_view name, bool truth) {
  if (truth) json.field(name, true);
}

}  // namespace myelin
