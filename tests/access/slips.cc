#include "tests/access/slips.h"

#include <stdexcept>

#include "core/base/text.h"
#include "core/config/config_parser.h"

namespace myelin::access {
namespace {

using Kind = ConfigValue::Kind;

std::string written(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string written(const ConfigValue& value) {
  std::string text;
  switch (value.kind) {
    case Kind::kBool:
      return value.boolean ? "true" : "false";
    case Kind::kInt:
      return decimal(value.integer);
    case Kind::kString:
      return written(value.text);
    case Kind::kArray:
      for (const ConfigValue& element : value.elements) text += written(element) + "\n";
      return "[\n" + text + "]";
    case Kind::kMap:
      for (const ConfigMember& member : value.members) {
        text += written(member.key) + ": " + written(member.value) + "\n";
      }
      return "{\n" + text + "}";
    case Kind::kFloat:
    case Kind::kDatetime:
      break;
  }
  throw std::runtime_error("a configuration of these tests has neither floats nor dates");
}

ConfigValue make(Kind kind) {
  ConfigValue value;
  value.kind = kind;
  return value;
}

struct Wrong {
  const char* name;
  ConfigValue value;
};

std::vector<Wrong> wrong_values(const ConfigValue& right) {
  ConfigValue number = make(Kind::kInt);
  number.integer = 5;
  ConfigValue yes = make(Kind::kBool);
  yes.boolean = true;
  ConfigValue no = make(Kind::kBool);
  ConfigValue null = make(Kind::kString);
  null.text = "null";
  ConfigValue list = make(Kind::kArray);
  list.elements.push_back(right);
  ConfigValue quoted = make(Kind::kString);
  quoted.text = right.is(Kind::kBool) ? (right.boolean ? "yes" : "no") : " ";
  return {{"a number", number},
          {"true", yes},
          {"false", no},
          {"null", null},
          {"an empty string", make(Kind::kString)},
          {"another string", quoted},
          {"an empty list", make(Kind::kArray)},
          {"an empty map", make(Kind::kMap)},
          {"a list of it", list}};
}

// Changes a part of the tree, writes the whole down, and changes it back.
class Pen {
 public:
  explicit Pen(ConfigValue root) : root_(std::move(root)) {}

  std::vector<Slip> slips() {
    original_ = whole();
    walk_map(root_, "");
    return std::move(slips_);
  }

 private:
  std::string whole() const {
    std::string text;
    for (const ConfigMember& member : root_.members) {
      text += written(member.key) + ": " + written(member.value) + "\n";
    }
    return text;
  }

  void note(const std::string& path, const std::string& how) {
    std::string text = whole();
    if (text != original_) slips_.push_back({path + ": " + how, std::move(text)});
  }

  void misvalue(ConfigValue& value, const std::string& path) {
    const ConfigValue right = value;
    for (const Wrong& wrong : wrong_values(right)) {
      value = wrong.value;
      note(path, wrong.name);
    }
    value = right;
  }

  void walk(ConfigValue& value, const std::string& path) {
    misvalue(value, path);
    if (value.is(Kind::kMap)) walk_map(value, path + ".");
    if (value.is(Kind::kArray)) walk_list(value, path);
  }

  void walk_map(ConfigValue& map, const std::string& prefix) {
    for (size_t i = 0; i < map.members.size(); ++i) {
      const std::string path = prefix + map.members[i].key;
      const std::vector<ConfigMember> right = map.members;
      map.members.erase(map.members.begin() + static_cast<std::ptrdiff_t>(i));
      note(path, "absent");
      map.members = right;
      for (const std::string& key : {right[i].key + "x", right[i].key.substr(1)}) {
        map.members[i].key = key;
        note(path, "misspelt as " + key);
      }
      map.members = right;
      walk(map.members[i].value, path);
    }
  }

  void walk_list(ConfigValue& list, const std::string& path) {
    for (size_t i = 0; i < list.elements.size(); ++i) {
      const std::string at = path + "[" + decimal(static_cast<int64_t>(i)) + "]";
      const std::vector<ConfigValue> right = list.elements;
      list.elements.erase(list.elements.begin() + static_cast<std::ptrdiff_t>(i));
      note(at, "absent");
      list.elements = right;
      walk(list.elements[i], at);
    }
  }

  ConfigValue root_;
  std::string original_;
  std::vector<Slip> slips_;
};

}  // namespace

std::vector<Slip> slips_of(const std::string& config) {
  auto tree = parse_config_tree(config, "f.conf", ConfigSources{});
  if (!tree.ok()) throw std::runtime_error(tree.error());
  return Pen(std::move(tree.value().root)).slips();
}

}  // namespace myelin::access
