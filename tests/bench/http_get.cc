#include "tests/bench/http_get.h"

#include <array>
#include <cctype>
#include <charconv>

#include "tests/bench/failure.h"
#include "tests/bench/link.h"

namespace bench {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

size_t number_at(const std::string& text, size_t at, int base) {
  size_t number = 0;
  const auto [stop, code] =
      std::from_chars(text.data() + at, text.data() + text.size(), number, base);
  if (code != std::errc()) throw Failure("a number was expected in an answer over HTTP");
  return number;
}

class Answer {
 public:
  explicit Answer(uint16_t port) : link_(port) {}

  std::string get(const std::string& target) {
    link_.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n");
    read_until(0, kEnd);
    const size_t body = text_.find(kEnd) + kEnd.size();
    std::string head = text_.substr(0, body);
    if (!head.starts_with("HTTP/1.1 200 ")) throw Failure(target + " was answered: " + head);
    for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    if (const size_t at = head.find(kLength); at != std::string::npos) {
      const size_t size = number_at(head, at + kLength.size(), 10);
      while (text_.size() < body + size) read();
      return text_.substr(body, size);
    }
    if (head.find("\r\ntransfer-encoding: chunked") == std::string::npos) {
      throw Failure("an answer of unknown length");
    }
    return read_chunks(body);
  }

 private:
  std::string read_chunks(size_t at) {
    std::string body;
    for (;;) {
      read_until(at, "\r\n");
      const size_t size = number_at(text_, at, 16);
      at = text_.find("\r\n", at) + 2;
      while (text_.size() < at + size + 2) read();
      if (size == 0) return body;
      body.append(text_, at, size);
      at += size + 2;
    }
  }

  void read_until(size_t from, std::string_view mark) {
    while (text_.find(mark, from) == std::string::npos) read();
  }
  void read() { text_.append(piece_.data(), link_.receive(piece_)); }

  Link link_;
  std::string text_;
  std::array<char, 256 * 1024> piece_{};
};

}  // namespace

std::string http_get(uint16_t port, const std::string& target) { return Answer(port).get(target); }

}  // namespace bench
