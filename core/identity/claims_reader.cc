#include "core/identity/claims_reader.h"

#include <utility>

namespace myelin {
namespace {

bool is_said(JsonView value) { return value.is_present() && !value.is_null(); }

}  // namespace

void ClaimsReader::fail(std::string why) {
  if (error_.empty()) error_ = std::move(why);
}

void ClaimsReader::expect(bool has_type, JsonView value, std::string_view name,
                          std::string_view type) {
  if (has_type) return;
  fail("json: cannot unmarshal " + std::string(value.kind()) + " into field " + std::string(name) +
       " of type " + std::string(type));
}

void ClaimsReader::read(JsonView object, std::string_view name, std::string& to) {
  const JsonView value = object.find(name);
  if (!is_said(value)) return;
  const auto text = value.as_string();
  expect(text.has_value(), value, name, "string");
  if (text) to = *text;
}

void ClaimsReader::read(JsonView object, std::string_view name, int64_t& to) {
  const JsonView value = object.find(name);
  if (!is_said(value)) return;
  const auto number = value.as_int();
  expect(number.has_value(), value, name, "int64");
  if (number) to = *number;
}

void ClaimsReader::read(JsonView object, std::string_view name, uint64_t& to) {
  const JsonView value = object.find(name);
  if (!is_said(value)) return;
  const auto number = value.as_uint();
  expect(number.has_value(), value, name, "uint");
  if (number) to = *number;
}

void ClaimsReader::read(JsonView object, std::string_view name, bool& to) {
  const JsonView value = object.find(name);
  if (!is_said(value)) return;
  const auto truth = value.as_bool();
  expect(truth.has_value(), value, name, "bool");
  if (truth) to = *truth;
}

void ClaimsReader::read(JsonView object, std::string_view name, std::vector<std::string>& to) {
  const JsonView list = object.find(name);
  if (!is_said(list)) return;
  expect(list.is_array(), list, name, "[]string");
  if (!list.is_array()) return;
  to.clear();
  list.each([&](std::string_view, JsonView value) {
    const auto text = value.as_string();
    expect(text.has_value() || value.is_null(), value, name, "string");
    to.emplace_back(text.value_or(""));
    return error_.empty();
  });
}

void ClaimsReader::read(JsonView object, std::string_view name,
                        std::map<std::string, int64_t, std::less<>>& to) {
  each_member(object, name, [&](std::string_view key, JsonView value) {
    const auto number = value.as_int();
    expect(number.has_value(), value, name, "int64");
    if (number) to[std::string(key)] = *number;
  });
}

JsonView ClaimsReader::object(JsonView object, std::string_view name) {
  const JsonView value = object.find(name);
  if (!is_said(value)) return {};
  expect(value.is_object(), value, name, "struct");
  return value.is_object() ? value : JsonView();
}

void ClaimsReader::each_in_array(JsonView object, std::string_view name, const Visit& visit) {
  const JsonView list = object.find(name);
  if (!is_said(list)) return;
  expect(list.is_array(), list, name, "array");
  if (!list.is_array()) return;
  list.each([&](std::string_view, JsonView value) {
    if (!value.is_null()) visit({}, value);
    return error_.empty();
  });
}

void ClaimsReader::each_member(JsonView object, std::string_view name, const Visit& visit) {
  const JsonView members = this->object(object, name);
  if (!members.is_present()) return;
  members.each([&](std::string_view key, JsonView value) {
    if (!value.is_null()) visit(key, value);
    return error_.empty();
  });
}

}  // namespace myelin
