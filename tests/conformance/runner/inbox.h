// What a client has received: a stream of bytes cut into lines and payloads.
//
// It is written apart from core/protocol, so that one mistake cannot hide on both sides, and it is
// strict: a line or a payload that does not end in CR LF is a fault of the server.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace myelin::conformance {

struct Item {
  std::string text;  // without the CR LF
  bool is_payload = false;
};

class Inbox {
 public:
  // Throws std::runtime_error where the bytes are not what a NATS server may send.
  void add(std::string_view bytes);

  std::deque<Item>& items() { return items_; }
  // Bytes that are not a whole line or payload yet.
  std::string_view rest() const { return std::string_view(bytes_).substr(at_); }

 private:
  bool take_line();
  bool take_payload();

  std::string bytes_;
  std::size_t at_ = 0;
  bool in_payload_ = false;
  std::size_t payload_size_ = 0;
  std::deque<Item> items_;
};

}  // namespace myelin::conformance
