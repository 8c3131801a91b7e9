#include "hosts/common/bcrypt.h"

#include <crypt.h>

#include <memory>
#include <string_view>

namespace myelin {
namespace {

// "$2b$10$", 22 characters of salt, 31 of digest.
constexpr size_t kHashSize = 60;
constexpr size_t kDigestAt = 29;

bool is_well_formed(const std::string& hash) {
  if (hash.size() != kHashSize || !hash.starts_with("$2")) return false;
  return std::string_view("abxy").find(hash[2]) != std::string_view::npos && hash[3] == '$';
}

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t index = 0; index < a.size(); ++index) {
    difference |= static_cast<unsigned char>(a[index] ^ b[index]);
  }
  return difference == 0;
}

}  // namespace

Result<bool> matches_bcrypt(const std::string& hash, const std::string& password) {
  if (!is_well_formed(hash)) return Error{Errc::kInvalid, "not a bcrypt hash"};
  // crypt takes a C string, so it would not see what follows a zero byte.
  if (password.find('\0') != std::string::npos) return false;
  // nats-server computes one algorithm whatever the letter says; crypt's "x" and "a" are others.
  std::string setting = hash;
  setting[2] = 'b';
  const auto work = std::make_unique<crypt_data>();
  // crypt_rn is crypt_r, less a failure token in place of nullptr; sanitizers take crypt_r for
  // their own and then miss it in a static library.
  const char* made = crypt_rn(password.c_str(), setting.c_str(), work.get(), sizeof(crypt_data));
  if (made == nullptr || std::string_view(made).size() != kHashSize) {
    return Error{Errc::kInvalid, "the bcrypt hash cannot be used"};
  }
  return equals_in_constant_time(std::string_view(made).substr(kDigestAt),
                                 std::string_view(hash).substr(kDigestAt));
}

}  // namespace myelin
