#include "core/protocol/headers.h"

namespace myelin {

std::optional<std::string_view> find_header(std::string_view block, std::string_view name) {
  constexpr std::string_view kEnd = "\r\n";
  if (name.empty()) return std::nullopt;
  size_t line_end = block.find(kEnd);
  while (line_end != std::string_view::npos) {
    std::string_view line = block.substr(line_end + kEnd.size());
    const size_t size = line.find(kEnd);
    if (size == std::string_view::npos) return std::nullopt;
    line_end += kEnd.size() + size;
    line = line.substr(0, size);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (line.substr(0, name.size()) != name) continue;
    line.remove_prefix(name.size() + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return line;
  }
  return std::nullopt;
}

std::string no_responders_block(std::string_view subject) {
  std::string block = "NATS/1.0 503\r\nNats-Subject: ";
  block += subject;
  block += "\r\n\r\n";
  return block;
}

}  // namespace myelin
