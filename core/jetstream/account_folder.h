// Where the files of an account's JetStream are: those of the global account in the store's own
// folder, as when there was no other account, each other account's in one of its own, which bears
// the account's name.
//
//     $G         streams/7/...
//     SALES      accounts/SALES/streams/7/...
//     eu.sales   accounts/eu%2Esales/streams/7/...
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/storage/storage.h"

namespace myelin {

// What file systems take as one part of a name, and the folder before it.
inline constexpr size_t kAccountFolderSizeMax = 9 + 240 + 1;

// With a '/' behind it, or empty.
std::string account_folder(std::string_view account);

// Whose folder that is; of a name that nobody wrote, something to call it by.
std::string account_of(std::string_view folder);

// Those in a store; the global account's is not among them.
Result<std::set<std::string>> account_folders(Storage& storage);

}  // namespace myelin
