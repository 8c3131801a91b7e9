// Where a text is no JSON, and why: in the words of Go's scanner, which clients of nats-server read
// in its refusals. Looks at the shape only; values are JsonDocument's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace myelin {

struct JsonSyntax {
  // Where the first document in the text ends, if it is whole.
  size_t end = 0;
  // Otherwise what is wrong: "invalid character '}' looking for beginning of value at offset 9",
  // "unexpected EOF".
  std::string error;

  bool is_valid() const { return error.empty(); }
};

// Nesting deeper than `depth_max` is an error. `base` is added to the offset that is told.
JsonSyntax scan_json(std::string_view text, int depth_max, size_t base);

// The text without the blanks that JSON allows before a value.
std::string_view skip_json_blanks(std::string_view text);

}  // namespace myelin
