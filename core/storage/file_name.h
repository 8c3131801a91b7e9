// The names of the files in a Storage: parts between '/', none of them empty, "." or "..", so that
// no name leads out of the store.
#pragma once

#include <cstddef>
#include <string_view>

namespace myelin {

inline constexpr size_t kFileNameSizeMax = 1024;

bool is_file_name(std::string_view name);

}  // namespace myelin
