#include "tests/conformance/runner/temp_directory.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace myelin::conformance {

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "conformance-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  }
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace myelin::conformance
