#include "core/jetstream/account_folder.h"

namespace myelin {
namespace {

constexpr std::string_view kAccountsFolder = "accounts/";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

// What no file system minds. Bytes beyond ASCII stay as they are.
bool is_plain(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string account_folder(std::string_view account) {
  if (account == "$G") return {};
  std::string folder(kAccountsFolder);
  for (const char c : account) {
    if (is_plain(c)) {
      folder += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    folder += '%';
    folder += kHexDigits[byte >> 4];
    folder += kHexDigits[byte & 15];
  }
  folder += '/';
  return folder;
}

std::string account_of(std::string_view folder) {
  if (folder.empty()) return "$G";
  folder.remove_prefix(kAccountsFolder.size());
  std::string account;
  for (size_t at = 0; at < folder.size() && folder[at] != '/'; ++at) {
    const size_t high = kHexDigits.find(at + 1 < folder.size() ? folder[at + 1] : '/');
    const size_t low = kHexDigits.find(at + 2 < folder.size() ? folder[at + 2] : '/');
    if (folder[at] != '%' || high == std::string_view::npos || low == std::string_view::npos) {
      account += folder[at];
      continue;
    }
    account += static_cast<char>(high << 4 | low);
    at += 2;
  }
  return account;
}

Result<std::set<std::string>> account_folders(Storage& storage) {
  const auto files = storage.list(kAccountsFolder);
  if (!files.ok()) return files.error();
  std::set<std::string> folders;
  for (const std::string& file : files.value()) {
    const size_t end = file.find('/', kAccountsFolder.size());
    if (end != std::string::npos) folders.insert(file.substr(0, end + 1));
  }
  return folders;
}

}  // namespace myelin
