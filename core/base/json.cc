#include "core/base/json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/text.h"

namespace myelin {
namespace {

using Node = nlohmann::json;

// The library skips it; Go, and RFC 8259, do not.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::string_view kReplacementCharacter = "\uFFFD";

// Escaped by Go's encoder because JavaScript once took them for line ends.
constexpr std::string_view kLineSeparator = "\u2028";
constexpr std::string_view kParagraphSeparator = "\u2029";

const Node* node_of(const void* node) { return static_cast<const Node*>(node); }

// The library's parser keeps its own stack, so depth costs memory and not our stack; it is bounded
// all the same, before the library sees the text.
bool is_deeper_than(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (size_t index = 0; index < text.size(); ++index) {
    const char c = text[index];
    if (in_string) {
      if (c == '\\') ++index;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_max) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// The value of the escape \uXXXX that `text` begins with, if it does.
std::optional<unsigned> unicode_escape(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, value, 16);
  if (error != std::errc() || end != text.data() + 6) return std::nullopt;
  return value;
}

bool is_high_surrogate(unsigned value) { return value >= 0xD800 && value < 0xDC00; }
bool is_low_surrogate(unsigned value) { return value >= 0xDC00 && value < 0xE000; }

// Appends the first character or escape of a string's inside to `to` and returns its size.
size_t append_mended(std::string& to, std::string_view text) {
  size_t size = text.front() == '\\' ? std::min<size_t>(2, text.size()) : utf8_size(text);
  std::string_view mended = text.substr(0, size);
  if (size == 0) {
    size = 1;
    mended = kReplacementCharacter;
  } else if (const auto escape = unicode_escape(text)) {
    const auto next = unicode_escape(text.substr(6));
    const bool is_pair = is_high_surrogate(*escape) && next && is_low_surrogate(*next);
    size = is_pair ? 12 : 6;
    mended = text.substr(0, size);
    if (!is_pair && (is_high_surrogate(*escape) || is_low_surrogate(*escape))) {
      mended = kReplacementCharacter;
    }
  }
  to += mended;
  return size;
}

// A string's bytes that are no UTF-8, and surrogates without a partner, read as U+FFFD, as in Go's
// decoder; the library would refuse the document.
std::string mended_strings(std::string_view text) {
  std::string to;
  to.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    if (text.front() == '"') in_string = !in_string;
    if (in_string && text.front() != '"') {
      text.remove_prefix(append_mended(to, text));
    } else {
      to += text.front();
      text.remove_prefix(1);
    }
  }
  return to;
}

}  // namespace

struct JsonDocument::Tree {
  Node root;
};

JsonDocument::JsonDocument(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

std::optional<JsonDocument> JsonDocument::parse(std::string_view text, int depth_max) {
  if (is_deeper_than(text, depth_max)) return std::nullopt;
  if (text.starts_with(kByteOrderMark)) return std::nullopt;
  // The library takes a NUL for the end of the text.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  Node root = Node::parse(mended_strings(text), nullptr, false);
  if (root.is_discarded()) return std::nullopt;
  auto tree = std::make_unique<Tree>();
  tree->root = std::move(root);
  return JsonDocument(std::move(tree));
}

JsonView JsonDocument::root() const { return JsonView(&tree_->root); }

bool JsonView::is_null() const { return node_ != nullptr && node_of(node_)->is_null(); }
bool JsonView::is_object() const { return node_ != nullptr && node_of(node_)->is_object(); }
bool JsonView::is_array() const { return node_ != nullptr && node_of(node_)->is_array(); }

std::optional<bool> JsonView::as_bool() const {
  if (node_ == nullptr) return std::nullopt;
  const bool* truth = node_of(node_)->get_ptr<const Node::boolean_t*>();
  if (truth == nullptr) return std::nullopt;
  return *truth;
}

std::optional<int64_t> JsonView::as_int() const {
  if (node_ == nullptr) return std::nullopt;
  const Node& node = *node_of(node_);
  if (const auto* number = node.get_ptr<const Node::number_unsigned_t*>()) {
    if (*number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<int64_t>(*number);
  }
  if (const auto* number = node.get_ptr<const Node::number_integer_t*>()) return *number;
  return std::nullopt;
}

std::optional<uint64_t> JsonView::as_uint() const {
  if (node_ == nullptr) return std::nullopt;
  const auto* number = node_of(node_)->get_ptr<const Node::number_unsigned_t*>();
  if (number == nullptr) return std::nullopt;
  return *number;
}

std::optional<double> JsonView::as_number() const {
  if (const std::optional<int64_t> whole = as_int()) return static_cast<double>(*whole);
  if (node_ == nullptr) return std::nullopt;
  const auto* number = node_of(node_)->get_ptr<const Node::number_float_t*>();
  if (number == nullptr) return std::nullopt;
  return *number;
}

std::optional<std::string_view> JsonView::as_string() const {
  if (node_ == nullptr) return std::nullopt;
  const auto* text = node_of(node_)->get_ptr<const Node::string_t*>();
  if (text == nullptr) return std::nullopt;
  return *text;
}

JsonView JsonView::find(std::string_view name) const {
  if (!is_object()) return {};
  const Node& node = *node_of(node_);
  JsonView similar;
  for (auto member = node.begin(); member != node.end(); ++member) {
    if (member.key() == name) return JsonView(&*member);
    if (equals_ignoring_case(member.key(), name)) similar = JsonView(&*member);
  }
  return similar;
}

size_t JsonView::size() const { return is_object() || is_array() ? node_of(node_)->size() : 0; }

JsonView JsonView::at(size_t index) const {
  if (index >= size()) return {};
  return JsonView(&*std::next(node_of(node_)->begin(), static_cast<std::ptrdiff_t>(index)));
}

std::string_view JsonView::name_at(size_t index) const {
  if (!is_object() || index >= size()) return {};
  return std::next(node_of(node_)->begin(), static_cast<std::ptrdiff_t>(index)).key();
}

void JsonView::each(const std::function<bool(std::string_view, JsonView)>& visit) const {
  if (!is_object() && !is_array()) return;
  const Node& node = *node_of(node_);
  for (auto member = node.begin(); member != node.end(); ++member) {
    const std::string_view name = node.is_object() ? member.key() : std::string_view();
    if (!visit(name, JsonView(&*member))) return;
  }
}

std::string_view JsonView::kind() const {
  if (node_ == nullptr || is_null()) return "null";
  const Node& node = *node_of(node_);
  if (node.is_object()) return "object";
  if (node.is_array()) return "array";
  if (node.is_string()) return "string";
  return node.is_boolean() ? "bool" : "number";
}

std::string JsonView::text() const {
  if (node_ == nullptr) return "null";
  return node_of(node_)->dump(-1, ' ', false, Node::error_handler_t::replace);
}

void JsonWriter::separate() {
  if (needs_comma_) to_ += ',';
  needs_comma_ = true;
  if (indentation_ > 0) [[unlikely]]
    break_line();
}

void JsonWriter::break_line() {
  if (std::exchange(is_named_, false) || depth_ == 0) return;
  to_ += '\n';
  to_.append(depth_ * indentation_, ' ');
}

void JsonWriter::begin(char bracket) {
  separate();
  to_ += bracket;
  ++depth_;
  needs_comma_ = false;
}

void JsonWriter::end(char bracket) {
  --depth_;
  // Nothing between the brackets is nothing between them.
  if (indentation_ > 0 && needs_comma_) {
    to_ += '\n';
    to_.append(depth_ * indentation_, ' ');
  }
  to_ += bracket;
  needs_comma_ = true;
}

void JsonWriter::begin_object() { begin('{'); }
void JsonWriter::end_object() { end('}'); }
void JsonWriter::begin_array() { begin('['); }
void JsonWriter::end_array() { end(']'); }

JsonWriter& JsonWriter::name(std::string_view name) {
  value(name);
  to_ += indentation_ > 0 ? std::string_view(": ") : std::string_view(":");
  needs_comma_ = false;
  is_named_ = indentation_ > 0;
  return *this;
}

void JsonWriter::raw(std::string_view json) {
  separate();
  to_ += json;
}

void JsonWriter::value(bool truth) {
  separate();
  to_ += truth ? "true" : "false";
}

void JsonWriter::value(uint64_t number) {
  separate();
  append_decimal(to_, number);
}

void JsonWriter::value(int64_t number) {
  separate();
  to_ += decimal(number);
}

void JsonWriter::value(double number) {
  separate();
  std::string text = Node(number).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  to_ += text;
}

namespace {

void append_unicode_escape(std::string& to, unsigned value) {
  static constexpr char kHex[] = "0123456789abcdef";
  to += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) to += kHex[(value >> shift) & 0xF];
}

}  // namespace

void JsonWriter::value(std::string_view text) {
  separate();
  to_ += '"';
  while (!text.empty()) {
    const char c = text.front();
    size_t size = 1;
    switch (c) {
      case '"':
      case '\\':
        to_ += '\\';
        to_ += c;
        break;
      case '\n':
        to_ += "\\n";
        break;
      case '\r':
        to_ += "\\r";
        break;
      case '\t':
        to_ += "\\t";
        break;
      case '\b':
        to_ += "\\b";
        break;
      case '\f':
        to_ += "\\f";
        break;
      case '<':
      case '>':
      case '&':
        append_unicode_escape(to_, static_cast<unsigned char>(c));
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          append_unicode_escape(to_, static_cast<unsigned char>(c));
        } else if (text.starts_with(kLineSeparator)) {
          append_unicode_escape(to_, 0x2028);
          size = kLineSeparator.size();
        } else if (text.starts_with(kParagraphSeparator)) {
          append_unicode_escape(to_, 0x2029);
          size = kParagraphSeparator.size();
        } else if ((size = utf8_size(text)) != 0) {
          to_.append(text.substr(0, size));
        } else {
          append_unicode_escape(to_, 0xFFFD);
          size = 1;
        }
    }
    text.remove_prefix(size);
  }
  to_ += '"';
}

void write_unless_empty(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.field(name, text);
}

void write_unless_empty(JsonWriter& json, std::string_view name,
                        const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.name(name);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

}  // namespace myelin
