#include "tests/conformance/runner/inbox.h"

#include <charconv>
#include <stdexcept>
#include <utility>

#include "tests/conformance/runner/pattern.h"

namespace myelin::conformance {
namespace {

std::size_t size_at_end(const std::string& line) {
  const std::size_t blank = line.rfind(' ');
  std::size_t size = 0;
  const char* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data() + blank + 1, end, size);
  if (error != std::errc{} || stop != end) {
    throw std::runtime_error("a message line without a size: " + printable(line));
  }
  return size;
}

}  // namespace

void Inbox::add(std::string_view bytes) {
  bytes_ += bytes;
  while (in_payload_ ? take_payload() : take_line()) {
  }
  bytes_.erase(0, std::exchange(at_, 0));
}

bool Inbox::take_line() {
  const std::size_t end = bytes_.find('\n', at_);
  if (end == std::string::npos) return false;
  std::string line = bytes_.substr(at_, end - at_);
  if (!line.ends_with('\r')) {
    throw std::runtime_error("a line ends without CR: " + printable(line));
  }
  line.pop_back();
  at_ = end + 1;
  in_payload_ = line.starts_with("MSG ") || line.starts_with("HMSG ");
  if (in_payload_) payload_size_ = size_at_end(line);
  items_.push_back({std::move(line), false});
  return true;
}

bool Inbox::take_payload() {
  if (bytes_.size() - at_ < payload_size_ + 2) return false;
  if (bytes_.compare(at_ + payload_size_, 2, "\r\n") != 0) {
    throw std::runtime_error("a payload is not followed by CR LF: " +
                             printable(std::string_view(bytes_).substr(at_, payload_size_ + 2)));
  }
  items_.push_back({bytes_.substr(at_, payload_size_), true});
  at_ += payload_size_ + 2;
  in_payload_ = false;
  return true;
}

}  // namespace myelin::conformance
