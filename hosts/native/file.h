// Whole small files: what a daemon reads and writes besides its log. Errors read as Go's do: "open
// x: no such file or directory".
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace myelin {

inline constexpr size_t kWholeFileMax = 64 * 1024 * 1024;

// Refuses what is larger than kWholeFileMax.
Result<std::string> read_whole_file(const std::string& path);
// Creates or replaces the content.
Status write_whole_file(const std::string& path, std::string_view content, mode_t mode);
Status remove_file(const std::string& path);

}  // namespace myelin
