#include "core/storage/file_name.h"

namespace myelin {

bool is_file_name(std::string_view name) {
  if (name.empty() || name.size() > kFileNameSizeMax) return false;
  if (name.find('\0') != std::string_view::npos) return false;
  for (;;) {
    const size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace myelin
