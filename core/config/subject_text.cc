#include "core/config/subject_text.h"

#include <cstddef>

namespace myelin {

bool is_subject_text(std::string_view text) {
  for (bool is_last = false; !is_last;) {
    const size_t dot = text.find('.');
    is_last = dot == std::string_view::npos;
    const std::string_view token = text.substr(0, dot);
    if (token.empty() || token.find_first_of("\t\n\f\r ") != std::string_view::npos) return false;
    if (token == ">" && !is_last) return false;
    if (!is_last) text.remove_prefix(dot + 1);
  }
  return true;
}

bool is_literal_subject_text(std::string_view text) {
  if (!is_subject_text(text)) return false;
  for (bool is_last = false; !is_last;) {
    const size_t dot = text.find('.');
    is_last = dot == std::string_view::npos;
    const std::string_view token = text.substr(0, dot);
    if (token == "*" || token == ">") return false;
    if (!is_last) text.remove_prefix(dot + 1);
  }
  return true;
}

}  // namespace myelin
