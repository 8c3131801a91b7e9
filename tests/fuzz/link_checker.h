// LinkChecker: what one link is told, read as a client would: whole INFO, PING, PONG, +OK, -ERR,
// MSG and HMSG, and nothing else. Written apart from core/protocol, so that one mistake cannot
// hide on both sides.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/input.h"

namespace myelin {

class LinkChecker {
 public:
  void receive(std::string_view bytes) {
    held_ += bytes;
    std::string_view rest = held_;
    while (const size_t used = size_of_message(rest)) rest.remove_prefix(used);
    held_.erase(0, held_.size() - rest.size());
  }

 private:
  // The size of the message at the start of `text`, or 0 while it is not whole.
  static size_t size_of_message(std::string_view text) {
    const size_t line_size = text.find("\r\n");
    if (line_size == std::string_view::npos) return 0;
    const std::string_view line = text.substr(0, line_size);
    const size_t used = line_size + 2;
    if (line == "PING" || line == "PONG" || line == "+OK") return used;
    if (line.starts_with("INFO {") || line.starts_with("-ERR '")) return used;
    const bool has_header = line.starts_with("HMSG ");
    REQUIRE_THAT(has_header || line.starts_with("MSG "));
    const std::vector<std::string_view> words = words_of(line);
    const size_t count = words.size() - (has_header ? 1 : 0);
    REQUIRE_THAT(count == 4 || count == 5);
    const size_t size = number(words.back());
    if (has_header) REQUIRE_THAT(number(words[words.size() - 2]) <= size);
    if (text.size() < used + size + 2) return 0;
    REQUIRE_THAT(text.substr(used + size, 2) == "\r\n");
    return used + size + 2;
  }

  static std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    for (;;) {
      const size_t end = line.find(' ');
      words.push_back(line.substr(0, end));
      REQUIRE_THAT(!words.back().empty());
      if (end == std::string_view::npos) return words;
      line.remove_prefix(end + 1);
    }
  }

  static size_t number(std::string_view text) {
    size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    REQUIRE_THAT(error == std::errc() && end == text.data() + text.size());
    return value;
  }

  std::string held_;
};

}  // namespace myelin
