#include "core/config/config_parser.h"

#include <map>
#include <utility>
#include <vector>

#include "core/base/text.h"
#include "core/config/config_lexer.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;
using ValueResult = Result<ConfigValue, std::string>;
using Done = Result<Ok, std::string>;

// `path` without "." and ".." steps where that can be seen from the text alone.
std::string clean_path(std::string_view path) {
  const bool is_absolute = path.substr(0, 1) == "/";
  std::vector<std::string_view> steps;
  while (!path.empty()) {
    const size_t size = std::min(path.find('/'), path.size());
    const std::string_view step = path.substr(0, size);
    path.remove_prefix(std::min(size + 1, path.size()));
    if (step.empty() || step == ".") continue;
    if (step != "..") {
      steps.push_back(step);
    } else if (!steps.empty() && steps.back() != "..") {
      steps.pop_back();
    } else if (!is_absolute) {
      steps.push_back(step);
    }
  }
  std::string cleaned = is_absolute ? "/" : "";
  for (size_t i = 0; i < steps.size(); ++i) {
    if (i != 0) cleaned += '/';
    cleaned += steps[i];
  }
  return cleaned.empty() ? "." : cleaned;
}

// An absolute path is taken below the including file's directory too, as nats-server does.
std::string path_beside(const std::string& file, const std::string& path) {
  const size_t slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  return clean_path(directory + "/" + path);
}

// What all texts of one configuration share: what has been read so far, against the bounds.
struct Work {
  const ConfigSources& sources;
  std::vector<std::string> files;
  size_t texts = 0;
  size_t text_size = 0;
  size_t values = 0;
  std::vector<std::string> environment_chain;

  Done charge(size_t more_values, size_t more_text) {
    values += more_values;
    text_size += more_text;
    if (values > kConfigValuesMax || text_size > kConfigTextMax) {
      return std::string("the configuration is too large");
    }
    return kOk;
  }
  Done charge_copy(const ConfigValue& value) {
    TRY(charge(1, value.text.size()));
    for (const ConfigValue& element : value.elements) TRY(charge_copy(element));
    for (const ConfigMember& member : value.members) {
      TRY(charge(0, member.key.size()));
      TRY(charge_copy(member.value));
    }
    return kOk;
  }
};

// A map being filled.
class Scope {
 public:
  explicit Scope(ConfigValue& map) : map_(map) {}

  void set(std::string key, ConfigValue value) {
    const auto [entry, is_new] = index_.emplace(key, map_.members.size());
    if (is_new) {
      map_.members.push_back({std::move(key), std::move(value)});
    } else {
      map_.members[entry->second].value = std::move(value);
    }
  }
  ConfigValue* find(const std::string& key) {
    const auto entry = index_.find(key);
    return entry == index_.end() ? nullptr : &map_.members[entry->second].value;
  }

 private:
  ConfigValue& map_;
  std::map<std::string, size_t> index_;
};

// One text: a file, or the value of an environment variable.
class TextParser {
 public:
  TextParser(Work& work, std::string_view text, std::string path, uint32_t file, int chain,
             int depth)
      : work_(work),
        lexer_(text),
        path_(std::move(path)),
        file_(file),
        chain_(chain),
        depth_(depth) {}

  // The whole text as a map.
  ValueResult parse();

 private:
  // What separates the pairs at the top level: nothing, or braces around the whole text.
  enum class Where { kKey, kAfterValue, kAfterBlock, kEnd };

  Result<Where, std::string> top_key();
  Result<Where, std::string> after_top_value();
  Result<Where, std::string> after_block();
  Where close_block() { return --blocks_ == 0 ? Where::kKey : Where::kAfterBlock; }
  Result<Where, std::string> top_pair();

  ValueResult value();
  ValueResult nested_value();
  ValueResult map();
  ValueResult array();
  Done map_pair();
  Result<bool, std::string> after_map_value();
  Result<bool, std::string> after_array_value();
  Done assign(ConfigKey key);

  Done include();
  ValueResult variable(const std::string& name);
  ValueResult environment_variable(const std::string& name, int line);

  std::string fail(const SyntaxError& error) const {
    return "Parse error on line " + decimal(error.line) + ": '" + error.text + "'";
  }
  std::string fail_at_next(const char* text) { return fail(lexer_.error_at_next(text)); }

  Work& work_;
  ConfigLexer lexer_;
  std::string path_;
  uint32_t file_;
  int chain_;  // includes and environment variables that led here
  int depth_;
  int blocks_ = 0;
  std::vector<Scope> scopes_;
};

ValueResult parse_text(Work& work, std::string_view text, const std::string& path, int chain,
                       int depth) {
  if (chain > kConfigIncludeDepthMax) return std::string("includes are nested too deep");
  if (++work.texts > kConfigFilesMax) return std::string("too many files are included");
  TRY(work.charge(0, text.size()));
  if (text.find('\0') != std::string_view::npos) return std::string("the text contains a NUL byte");
  // Differs: nats-server takes a byte order mark for a part of the first key.
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  work.files.push_back(path);
  const auto file = static_cast<uint32_t>(work.files.size() - 1);
  return TextParser(work, text, path, file, chain, depth).parse();
}

ValueResult TextParser::parse() {
  ConfigValue root;
  root.kind = Kind::kMap;
  root.file = file_;
  scopes_.emplace_back(root);
  for (Where where = Where::kKey; where != Where::kEnd;) {
    auto next = where == Where::kKey          ? top_key()
                : where == Where::kAfterValue ? after_top_value()
                                              : after_block();
    if (!next) return next.error();
    where = next.value();
  }
  scopes_.pop_back();
  return root;
}

Result<TextParser::Where, std::string> TextParser::top_key() {
  do lexer_.skip_space();
  while (lexer_.skip_comment());
  // A brace left open at the end of the text is let pass, as nats-server does.
  if (lexer_.peek() == ConfigLexer::kEnd) return Where::kEnd;
  if (lexer_.peek() == '/') return fail_at_next("expected a key, found");
  if (lexer_.peek() == '{') {
    lexer_.take();
    if (++blocks_ > kConfigDepthMax) return fail(lexer_.error("nested too deep"));
    return Where::kKey;
  }
  if (lexer_.peek() == '}' && blocks_ > 0) {
    lexer_.take();
    return close_block();
  }
  return top_pair();
}

Result<TextParser::Where, std::string> TextParser::top_pair() {
  auto key = lexer_.key();
  if (!key) return fail(key.error());
  if (key.value().is_include) {
    TRY(include());
    return Where::kAfterValue;
  }
  lexer_.skip_space();
  const int separator = lexer_.peek();
  if (separator == ConfigLexer::kEnd) {
    // The brace of a JSON text too many.
    if (key.value().text == "}") return Where::kEnd;
    return "config is invalid (" + path_ + ":" + decimal(lexer_.line()) + ":" +
           decimal(lexer_.pos()) + ")";
  }
  if (separator == '=' || separator == ':') {
    lexer_.take();
    lexer_.skip_blanks();
  }
  TRY(assign(std::move(key.value())));
  return Where::kAfterValue;
}

Result<TextParser::Where, std::string> TextParser::after_top_value() {
  const auto is_slash = [this] { return lexer_.peek() == '/'; };
  for (lexer_.skip_blanks(); lexer_.skip_comment() || is_slash(); lexer_.skip_blanks()) {
    if (is_slash()) lexer_.take();  // nats-server minds no lone slash here
  }
  switch (lexer_.peek()) {
    case '\n':
    case '\r':
    case ';':
    case ',':
      lexer_.take();
      return Where::kKey;
    case '}':
      lexer_.take();
      return blocks_ > 0 ? close_block() : Where::kKey;
    case ConfigLexer::kEnd:
      if (blocks_ == 0) return Where::kEnd;
      [[fallthrough]];
    default:
      return fail_at_next("expected a line break, ',' or ';' after a value, found");
  }
}

// After the closing brace of a pair of braces that stands in another.
Result<TextParser::Where, std::string> TextParser::after_block() {
  lexer_.skip_space();
  if (lexer_.skip_comment()) return Where::kKey;
  switch (lexer_.peek()) {
    case ';':
    case ',':
      lexer_.take();
      return Where::kKey;
    case '}':
      lexer_.take();
      return close_block();
    default:
      return fail_at_next("expected a '}', found");
  }
}

Done TextParser::assign(ConfigKey key) {
  auto read = value();
  if (!read) return read.error();
  ConfigValue& value = read.value();
  value.line = key.line;
  value.pos = key.pos;
  scopes_.back().set(std::move(key.text), std::move(value));
  return kOk;
}

ValueResult TextParser::value() {
  lexer_.skip_blanks();
  ConfigValue value;
  value.line = lexer_.line();
  value.pos = lexer_.pos();
  if (lexer_.peek() == '{' || lexer_.peek() == '[') {
    auto nested = nested_value();
    if (!nested) return nested.error();
    value = std::move(nested.value());
    value.line = lexer_.line();
    value.pos = lexer_.pos();
  } else {
    auto scalar = lexer_.scalar();
    if (!scalar) return fail(scalar.error());
    if (scalar.value().is_variable) {
      auto found = variable(scalar.value().variable);
      if (!found) return found.error();
      scalar.value().value = std::move(found.value());
    }
    std::swap(scalar.value().value.line, value.line);
    std::swap(scalar.value().value.pos, value.pos);
    value = std::move(scalar.value().value);
  }
  value.file = file_;
  TRY(work_.charge(1, 0));
  return value;
}

ValueResult TextParser::nested_value() {
  if (++depth_ > kConfigDepthMax) return fail(lexer_.error("nested too deep"));
  const bool is_map = lexer_.take() == '{';
  auto nested = is_map ? map() : array();
  --depth_;
  return nested;
}

ValueResult TextParser::map() {
  ConfigValue map;
  map.kind = Kind::kMap;
  scopes_.emplace_back(map);
  for (;;) {
    do lexer_.skip_space();
    while (lexer_.skip_comment());
    if (lexer_.peek() == '}') {
      lexer_.take();
      break;
    }
    TRY(map_pair());
    auto is_last = after_map_value();
    if (!is_last) return is_last.error();
    if (is_last.value()) break;
  }
  scopes_.pop_back();
  return map;
}

Done TextParser::map_pair() {
  if (lexer_.peek() == '/') lexer_.take();
  if (lexer_.peek() == ']' || lexer_.peek() == ConfigLexer::kEnd) {
    return fail_at_next("expected a key or '}', found");
  }
  auto key = lexer_.key();
  if (!key) return fail(key.error());
  if (key.value().is_include) return include();
  lexer_.skip_space();
  if (lexer_.peek() == '=' || lexer_.peek() == ':') {
    lexer_.take();
    lexer_.skip_space();
  }
  // Differs: nats-server loses track of its keys when one has no value before '}'.
  if (lexer_.peek() == ',' || lexer_.peek() == '}') {
    return fail_at_next("expected a value, found");
  }
  return assign(std::move(key.value()));
}

// Whether the map ends here.
Result<bool, std::string> TextParser::after_map_value() {
  do lexer_.skip_blanks();
  while (lexer_.skip_comment());
  switch (lexer_.peek()) {
    case '/':  // nats-server takes a lone slash for a separator
    case ';':
    case ',':
    case '\n':
    case '\r':
      lexer_.take();
      return false;
    case '}':
      lexer_.take();
      return true;
    default:
      return fail_at_next("expected ',', a line break or '}' in a map, found");
  }
}

ValueResult TextParser::array() {
  ConfigValue array;
  array.kind = Kind::kArray;
  for (;;) {
    do lexer_.skip_space();
    while (lexer_.skip_comment());
    if (lexer_.peek() == ']') {
      lexer_.take();
      break;
    }
    if (lexer_.peek() == ',' || lexer_.peek() == '/') {
      return fail_at_next("expected a value, found");
    }
    auto element = value();
    if (!element) return element.error();
    array.elements.push_back(std::move(element.value()));
    auto is_last = after_array_value();
    if (!is_last) return is_last.error();
    if (is_last.value()) break;
  }
  return array;
}

// Whether the array ends here.
Result<bool, std::string> TextParser::after_array_value() {
  do lexer_.skip_blanks();
  while (lexer_.skip_comment());
  switch (lexer_.peek()) {
    case '/':
    case ',':
    case '\n':
    case '\r':
      lexer_.take();
      return false;
    case ']':
      lexer_.take();
      return true;
    default:
      return fail_at_next("expected ',', a line break or ']' in an array, found");
  }
}

Done TextParser::include() {
  auto name = lexer_.include_path();
  if (!name) return fail(name.error());
  const std::string prefix = "error parsing include file '" + name.value() + "', ";
  const std::string path = path_beside(path_, name.value());
  if (chain_ >= kConfigIncludeDepthMax) return prefix + "includes are nested too deep";
  if (!work_.sources.read_file) return prefix + "no files can be read here";
  auto text = work_.sources.read_file(path);
  if (!text) return prefix + text.error().context;
  auto included = parse_text(work_, text.value(), path, chain_ + 1, depth_);
  if (!included) return prefix + included.error();
  for (ConfigMember& member : included.value().members) {
    scopes_.back().set(std::move(member.key), std::move(member.value));
  }
  return kOk;
}

ValueResult TextParser::variable(const std::string& name) {
  // A bcrypt hash needs no quotes.
  if (std::string_view(name).substr(0, 3) == "2a$") {
    ConfigValue hash;
    hash.text = "$" + name;
    return hash;
  }
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    ConfigValue* found = scope->find(name);
    if (found == nullptr) continue;
    found->is_used_as_variable = true;
    TRY(work_.charge_copy(*found));
    ConfigValue copy = *found;
    copy.is_used_as_variable = false;
    return copy;
  }
  return environment_variable(name, lexer_.line());
}

ValueResult TextParser::environment_variable(const std::string& name, int line) {
  const std::string prefix =
      "variable reference for '" + name + "' on line " + decimal(line) + " can";
  for (const std::string& used : work_.environment_chain) {
    if (used == name) return prefix + " not be parsed: it refers to itself";
  }
  std::optional<std::string> text;
  if (work_.sources.environment) text = work_.sources.environment(name);
  if (!text) return prefix + " not be found";

  work_.environment_chain.push_back(name);
  auto parsed = parse_text(work_, "value=" + *text, path_, chain_ + 1, depth_);
  work_.environment_chain.pop_back();
  if (!parsed) return prefix + " not be parsed: " + parsed.error();
  for (ConfigMember& member : parsed.value().members) {
    if (member.key == "value") return std::move(member.value);
  }
  return prefix + " not be found";
}

}  // namespace

Result<ConfigTree, std::string> parse_config_tree(std::string_view text, const std::string& path,
                                                  const ConfigSources& sources) {
  Work work{sources, {}, 0, 0, 0, {}};
  auto root = parse_text(work, text, path, 0, 0);
  if (!root) return root.error();
  return ConfigTree{std::move(root.value()), std::move(work.files)};
}

}  // namespace myelin
