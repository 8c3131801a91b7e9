#include "tests/bench/configuration_file.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "tests/bench/failure.h"
#include "tests/bench/file_descriptor.h"

namespace bench {

ConfigurationFile::ConfigurationFile(std::string_view text)
    : path_((std::filesystem::temp_directory_path() / "bench-XXXXXX").string()) {
  const FileDescriptor file(::mkostemp(path_.data(), 0));
  if (file.get() < 0) fail_with_errno("making a configuration file");
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    fail_with_errno("writing a configuration file");
  }
}

ConfigurationFile::~ConfigurationFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace bench
