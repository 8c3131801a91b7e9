// ClaimsReader: fields of JSON into values, as Go's decoder does it. What is absent or null leaves
// a value as it was; the first field of a wrong type is the error.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace myelin {

class ClaimsReader {
 public:
  // Empty while everything could be read.
  const std::string& error() const { return error_; }

  void read(JsonView object, std::string_view name, std::string& to);
  void read(JsonView object, std::string_view name, int64_t& to);
  void read(JsonView object, std::string_view name, uint64_t& to);
  void read(JsonView object, std::string_view name, bool& to);
  void read(JsonView object, std::string_view name, std::vector<std::string>& to);
  void read(JsonView object, std::string_view name,
            std::map<std::string, int64_t, std::less<>>& to);
  // An object within, or an absent one.
  JsonView object(JsonView object, std::string_view name);
  // Every element of an array, or member of an object, that is not null.
  using Visit = std::function<void(std::string_view name, JsonView value)>;
  void each_in_array(JsonView object, std::string_view name, const Visit& visit);
  void each_member(JsonView object, std::string_view name, const Visit& visit);

  // Something else is wrong.
  void fail(std::string why);
  void expect(bool has_type, JsonView value, std::string_view name, std::string_view type);

 private:
  std::string error_;
};

}  // namespace myelin
