// What the JSON of all requests and configs has in common: the fields of an object as Go's decoder
// finds them, and what it says where it finds something else (10025).
//
//     read_json(body, strictness, "JSApiStreamListRequest", [&](JsonFields& fields) {
//       fields.read("offset", offset, "int");
//     });
//
// Decoding goes on after a value of the wrong type, and the first one is reported; a policy with an
// unknown name ends it and is reported before all others.
//
// Differs: fields are looked at in the order of the calls, not of the text, so that the first of
// two errors may be another one than nats-server's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/metadata.h"

namespace myelin {

// kStrict: a field nobody knows is an error (`jetstream { strict: true }`, the default).
enum class JsonStrictness : uint8_t { kLenient, kStrict };

// A policy's names in JSON, by its enumerators' values.
struct JsonChoice {
  std::span<const std::string_view> names;
  std::string_view alias = {};      // stands for the first one too
  std::string_view complaint = {};  // what an unknown name is answered with; the value follows
  bool any_case = false;
};
template <class Choice, size_t count>
std::string_view name_of(Choice choice, const std::string_view (&names)[count]) {
  return names[static_cast<size_t>(choice)];
}

// The error to report of one decoding.
class JsonErrors {
 public:
  void save(std::string text);  // decoding goes on
  void end(std::string text);   // nothing after it counts

  bool has_any() const { return !text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool ended_ = false;
};

class JsonFields {
 public:
  // `type` and `path` are what errors show: "Go struct field <type>.<path><name>".
  JsonFields(JsonView object, JsonErrors& errors, std::string_view type, std::string path);

  // Fields that follow are shown under this path.
  void set_path(std::string path) { path_ = std::move(path); }

  // What is absent or null leaves `to` as it is; `go_type` is for the error.
  void read(std::string_view name, std::string& to);
  void read(std::string_view name, bool& to);
  void read(std::string_view name, int64_t& to, std::string_view go_type = "int64");
  void read(std::string_view name, int32_t& to);
  void read(std::string_view name, uint64_t& to);
  void read(std::string_view name, Duration& to);
  void read(std::string_view name, std::optional<WallTime>& to);
  void read(std::string_view name, std::vector<std::string>& to);
  void read(std::string_view name, std::vector<Duration>& to);
  void read(std::string_view name, Metadata& to);
  template <class Choice>
  void read(std::string_view name, Choice& to, const JsonChoice& choice) {
    if (const std::optional<size_t> index = read_choice(name, choice)) {
      to = static_cast<Choice>(*index);
    }
  }
  using Read = std::function<void(JsonFields&)>;
  // An object of its own. Answers whether there is one; `type` without "server.".
  bool read(std::string_view name, std::string_view type, const Read& read);
  // An array of them; `go_type` is the array's.
  bool read_each(std::string_view name, std::string_view type, std::string_view go_type,
                 const Read& read);

  // The value of a field that is read by hand; it counts as known.
  JsonView take(std::string_view name);
  void complain(std::string_view name, JsonView value, std::string_view go_type);
  JsonErrors& errors() { return errors_; }

  // Names in the object, and in those inside it, that nobody read are an error where it is strict.
  void finish(JsonStrictness strictness);

 private:
  std::string first_unknown() const;
  std::optional<size_t> read_choice(std::string_view name, const JsonChoice& choice);
  void read_object(JsonView object, std::string_view type, std::string path, const Read& read);

  JsonView object_;
  JsonErrors& errors_;
  std::string_view type_;
  std::string path_;
  std::vector<std::string_view> known_;
  std::string unknown_;  // the error of an object inside
};

// Decodes a request's body: the documents in it one on top of the other, none at all being the
// empty object. `type` is Go's name for it, without the package.
std::optional<ApiError> read_json(std::string_view text, JsonStrictness strictness,
                                  std::string_view type, const JsonFields::Read& read);
// The same of a part of a document that is already read.
std::optional<ApiError> read_json(JsonView value, JsonStrictness strictness, std::string_view type,
                                  const JsonFields::Read& read);

// Writing of fields that are left out where they say nothing.
void write_unless_zero(JsonWriter& json, std::string_view name, int64_t number);
void write_unless_zero(JsonWriter& json, std::string_view name, Duration span);
void write_if(JsonWriter& json, std::string_view name, bool truth);

}  // namespace myelin
