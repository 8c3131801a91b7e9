// The few manners every call of the operating system needs: again after a signal, errors as Error,
// and bytes until there are no more.
#pragma once

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace myelin {

template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// syncfs, if it tells of errors (Linux 5.8) and there were none. False: each file has to be asked.
bool sync_file_system(int directory);

// errno, as what it means to a caller of Storage.
Error system_error(std::string context);

Status write_all(int fd, std::string_view bytes, uint64_t offset);
// Fewer bytes only at the end of the file.
Result<uint64_t> read_all(int fd, uint64_t offset, std::span<std::byte> to);

}  // namespace myelin
