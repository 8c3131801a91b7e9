// Input: a fuzzer's bytes, taken from the front as small numbers and lines; a spent one gives zeros
// and empty lines. REQUIRE_THAT ends the process where a property does not hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#define REQUIRE_THAT(condition)                                                    \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

namespace myelin {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool is_empty() const { return rest_.empty(); }

  uint8_t byte() { return rest_.empty() ? 0 : static_cast<uint8_t>(take(1).front()); }
  // In [0, bound).
  size_t below(size_t bound) { return byte() % bound; }

  std::string_view take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  // Up to the next line feed, which is dropped.
  std::string_view line() {
    const size_t end = rest_.find('\n');
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return taken;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace myelin
