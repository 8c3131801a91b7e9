#include "core/base/password.h"

#include "core/base/text.h"

namespace myelin {

bool is_bcrypt(std::string_view stored) {
  return stored.size() >= 7 && stored.substr(0, 2) == "$2" &&
         std::string_view("abxy").find(stored[2]) != std::string_view::npos && stored[3] == '$' &&
         is_digit(stored[4]) && is_digit(stored[5]) && stored[6] == '$';
}

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t index = 0; index < a.size(); ++index) {
    difference |= static_cast<unsigned char>(a[index]) ^ static_cast<unsigned char>(b[index]);
  }
  return difference == 0;
}

}  // namespace myelin
