// Parameters: what a monitoring URL asks for, behind its question mark, and what is said of a value
// that cannot be read. Rules and words are those of Go's url.ParseQuery and strconv, which clients
// of nats-server meet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace myelin {

// Of what a report lists, where `limit` says nothing.
inline constexpr int kLimitDefault = 1024;

class Parameters {
 public:
  // Borrowed: it outlives this.
  explicit Parameters(std::string_view query) : query_(query) {}

  // The first value of that name, decoded; empty if there is none. A pair that cannot be decoded,
  // or that has a semicolon, is none.
  std::string text(std::string_view name) const;
  // All values of that name.
  std::vector<std::string> texts(std::string_view name) const;

  // What is absent or empty is false or 0. After a value that cannot be read, error() is the text
  // of the answer, of the first of them.
  bool boolean(std::string_view name);
  int64_t integer(std::string_view name);
  uint64_t number(std::string_view name);  // not negative
  // Where there is an error that is not about a value's form.
  void refuse(std::string text);

  bool has_error() const { return !error_.empty(); }
  const std::string& error() const { return error_; }

 private:
  // The values of that name, until `visit` answers false.
  template <class Visit>
  void each(std::string_view name, const Visit& visit) const;
  void refuse_value(std::string_view kind, std::string_view name, std::string_view function,
                    std::string_view value, std::string_view why);

  std::string_view query_;
  std::string error_;
};

}  // namespace myelin
