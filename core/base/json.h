// JSON in both directions. Reading: a bounded document, from outside, that never throws; a
// malformed or too deep text is simply no document. Writing: a stream of calls that appends to a
// string, escaped as Go's encoder does (nats-server's JSON writes < > & as \u003c \u003e \u0026),
// with no document in between.
//
// The only includer of the JSON library in the core.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

// A value inside a JsonDocument, which it must not outlive. A default one is absent: every question
// answers "no".
class JsonView {
 public:
  JsonView() = default;

  bool is_present() const { return node_ != nullptr; }
  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  std::optional<bool> as_bool() const;
  std::optional<int64_t> as_int() const;    // an integer that fits
  std::optional<uint64_t> as_uint() const;  // likewise
  std::optional<double> as_number() const;
  std::optional<std::string_view> as_string() const;

  // A member of an object. Go's decoder prefers the exact name and falls back to one that differs
  // in case only.
  JsonView find(std::string_view name) const;
  // Elements of an array or members of an object, by index.
  size_t size() const;
  JsonView at(size_t index) const;
  std::string_view name_at(size_t index) const;
  // All of them in one walk, until `visit(name, value)` answers false; the name of an element is
  // empty.
  void each(const std::function<bool(std::string_view, JsonView)>& visit) const;

  // What Go's decoder calls it: "object", "array", "string", "number", "bool", "null".
  std::string_view kind() const;
  // The value as JSON.
  std::string text() const;

 private:
  friend class JsonDocument;
  explicit JsonView(const void* node) : node_(node) {}
  const void* node_ = nullptr;
};

class JsonDocument {
 public:
  static std::optional<JsonDocument> parse(std::string_view text, int depth_max);
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  JsonView root() const;

 private:
  struct Tree;
  explicit JsonDocument(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

// Calls nest as the text does: begin_object, field/value..., end_object. Names are written in the
// order of the calls.
class JsonWriter {
 public:
  // Without an indentation all is on one line; with one it looks as Go's MarshalIndent has it.
  explicit JsonWriter(std::string& to, size_t indentation = 0)
      : to_(to), indentation_(indentation) {}

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  // The name of the next value in an object.
  JsonWriter& name(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  void value(uint64_t number);
  void value(int64_t number);
  void value(int number) { value(static_cast<int64_t>(number)); }
  void value(double number);  // finite; whole numbers without a fraction, as Go's

  // A value that is JSON already, written as it is.
  void raw(std::string_view json);

  template <class T>
  void field(std::string_view field_name, const T& field_value) {
    name(field_name).value(field_value);
  }

 private:
  void separate();
  void begin(char bracket);
  void end(char bracket);
  void break_line();

  std::string& to_;
  size_t indentation_;
  size_t depth_ = 0;
  bool needs_comma_ = false;
  bool is_named_ = false;  // the value goes behind its name
};

// Fields that are left out where they are empty.
void write_unless_empty(JsonWriter& json, std::string_view name, std::string_view text);
void write_unless_empty(JsonWriter& json, std::string_view name,
                        const std::vector<std::string>& texts);

}  // namespace myelin
