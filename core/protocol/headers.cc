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

std::string block_with_header(std::string_view block, std::string_view name,
                              std::string_view value) {
  constexpr std::string_view kEnd = "\r\n";
  const auto is_named = [name](std::string_view line) {
    return line.size() > name.size() && line[name.size()] == ':' &&
           line.substr(0, name.size()) == name;
  };
  std::string with;
  with.reserve(block.size() + name.size() + value.size() + 16);
  if (block.size() >= kEnd.size()) block.remove_suffix(kEnd.size());
  for (bool is_first = true; !block.empty(); is_first = false) {
    const size_t end = block.find(kEnd);
    const size_t size = end == std::string_view::npos ? block.size() : end + kEnd.size();
    if (is_first || !is_named(block)) with.append(block.substr(0, size));
    block.remove_prefix(size);
  }
  if (with.empty()) with = "NATS/1.0\r\n";
  with.append(name).append(": ").append(value).append("\r\n\r\n");
  return with;
}

std::string no_responders_block(std::string_view subject) {
  std::string block = "NATS/1.0 503\r\nNats-Subject: ";
  block += subject;
  block += "\r\n\r\n";
  return block;
}

}  // namespace myelin
