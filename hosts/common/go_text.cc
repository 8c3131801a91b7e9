#include "hosts/common/go_text.h"

#include <cstring>

#include "core/base/text.h"

namespace myelin {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string go_errno(int error) {
  char room[128];
  std::string text = strerror_r(error, room, sizeof room);
  const bool begins_a_sentence = text.size() > 1 && is_upper(text[0]) && !is_upper(text[1]);
  if (begins_a_sentence) text[0] = ascii_lower(text[0]);
  return text;
}

std::string join_host_port(std::string_view host, int port) {
  const bool needs_brackets = host.find(':') != std::string_view::npos;
  std::string text = needs_brackets ? "[" : "";
  text += host;
  text += needs_brackets ? "]:" : ":";
  return text += decimal(port);
}

}  // namespace myelin
