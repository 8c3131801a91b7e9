#include "hosts/sim/wire_client.h"

#include <charconv>

#include "hosts/sim/broken_promise.h"

namespace myelin::sim {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kConnect =
    "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
    "\"protocol\":1,\"lang\":\"sim\",\"version\":\"1\"";

[[noreturn]] void junk(std::string_view line) {
  throw BrokenPromise("the server speaks NATS", std::string(line));
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

size_t number_in(std::string_view word, std::string_view line) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) junk(line);
  return number;
}

}  // namespace

int WireMessage::status() const {
  static constexpr std::string_view kVersion = "NATS/1.0 ";
  if (!headers.starts_with(kVersion)) return 0;
  int number = 0;
  std::from_chars(headers.data() + kVersion.size(), headers.data() + headers.size(), number);
  return number;
}

WireClient::WireClient(World& world, std::string_view user) : world_(world), link_(world.open()) {
  std::string connect(kConnect);
  if (!user.empty()) connect.append(",\"user\":\"").append(user).append("\",\"pass\":\"p\"");
  if (link_ != 0) world_.send(link_, connect + "}\r\n");
}

WireClient::~WireClient() {
  if (link_ != 0) world_.close(link_);
}

bool WireClient::is_closed() const { return link_ == 0 || world_.is_closed(link_); }

void WireClient::subscribe(std::string_view subject) {
  if (is_closed()) return;
  const std::string sid = std::to_string(next_sid_++);
  world_.send(link_, "SUB " + std::string(subject) + " " + sid + "\r\n");
}

void WireClient::publish(std::string_view subject, std::string_view reply, std::string_view payload,
                         std::string_view headers) {
  if (is_closed()) return;
  std::string block;
  if (!headers.empty()) block = "NATS/1.0\r\n" + std::string(headers) + "\r\n";
  std::string bytes = (block.empty() ? "PUB " : "HPUB ") + std::string(subject) + " ";
  if (!reply.empty()) bytes += std::string(reply) + " ";
  if (!block.empty()) bytes += std::to_string(block.size()) + " ";
  bytes += std::to_string(block.size() + payload.size());
  bytes += kEnd;
  bytes += block;
  bytes += payload;
  bytes += kEnd;
  world_.send(link_, bytes);
}

std::vector<WireMessage> WireClient::poll() {
  std::vector<WireMessage> messages;
  if (link_ == 0) return messages;
  bytes_ += world_.take(link_);
  while (take(messages)) {
  }
  return messages;
}

// One line, and the payload it announces.
bool WireClient::take(std::vector<WireMessage>& messages) {
  const size_t size = bytes_.find(kEnd);
  if (size == std::string::npos) return false;
  const std::string line = bytes_.substr(0, size);
  if (line.starts_with("MSG ") || line.starts_with("HMSG ")) {
    return take_message(line, size + kEnd.size(), messages);
  }
  if (line == "PING") {
    if (!is_closed()) world_.send(link_, "PONG\r\n");
  } else if (line != "PONG" && line != "+OK" && !line.starts_with("INFO {") &&
             !line.starts_with("-ERR '")) {
    junk(line);
  }
  bytes_.erase(0, size + kEnd.size());
  return true;
}

bool WireClient::take_message(std::string_view line, size_t line_size,
                              std::vector<WireMessage>& messages) {
  const bool has_headers = line.front() == 'H';
  const std::vector<std::string_view> words = words_of(line);
  const size_t least = has_headers ? 5 : 4;
  if (words.size() < least || words.size() > least + 1) junk(line);
  const size_t total = number_in(words.back(), line);
  const size_t block = has_headers ? number_in(words[words.size() - 2], line) : 0;
  if (block > total) junk(line);
  if (bytes_.size() < line_size + total + kEnd.size()) return false;
  if (std::string_view(bytes_).substr(line_size + total, kEnd.size()) != kEnd) junk(line);
  WireMessage message;
  message.subject = words[1];
  if (words.size() == least + 1) message.reply = words[3];
  message.headers = bytes_.substr(line_size, block);
  message.payload = bytes_.substr(line_size + block, total - block);
  messages.push_back(std::move(message));
  bytes_.erase(0, line_size + total + kEnd.size());
  return true;
}

}  // namespace myelin::sim
