// ConfigValue: the tree a configuration text describes. Maps keep the order of the text; a key
// given twice keeps the place of the first and the value of the last. Knows where each value stood,
// and whether it was used as a variable (then an unknown key is not a mistake).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace myelin {

struct ConfigMember;

struct ConfigValue {
  enum class Kind : uint8_t { kBool, kInt, kFloat, kString, kDatetime, kArray, kMap };

  Kind kind = Kind::kString;
  bool is_used_as_variable = false;
  bool boolean = false;
  uint32_t file = 0;  // index into ConfigTree::files
  int line = 0;       // of the key that names it; in an array, of the value
  int pos = 0;
  int64_t integer = 0;
  double real = 0;
  std::string text;  // of a string or a datetime
  std::vector<ConfigValue> elements;
  std::vector<ConfigMember> members;

  bool is(Kind wanted) const { return kind == wanted; }
};

struct ConfigMember {
  std::string key;
  ConfigValue value;
};

struct ConfigTree {
  ConfigValue root;
  std::vector<std::string> files;
};

// What a person calls the kind: "a string", "an integer".
const char* name_of(ConfigValue::Kind kind);

}  // namespace myelin
