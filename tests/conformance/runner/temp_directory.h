// A directory of one's own under the system's temporary one, gone with all it holds when its owner
// is.
#pragma once

#include <filesystem>

namespace myelin::conformance {

class TempDirectory {
 public:
  // Throws std::system_error where none can be made.
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace myelin::conformance
