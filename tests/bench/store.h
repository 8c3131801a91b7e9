// A directory for the files of one JetStream server and its configuration, beside the system's
// temporary files: TMPDIR decides on which disk both servers are measured. It goes with its owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Store {
 public:
  // When what was acknowledged is on the disk: at once, within two minutes, or as each server does
  // it unasked.
  enum class Sync { kAlways, kLazy, kDefault };

  explicit Store(Sync sync);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  // For a server's command line.
  std::vector<std::string> arguments() const;
  const std::filesystem::path& path() const { return path_; }

  // What its files take of the disk, in bytes.
  uint64_t disk_size() const;

  // Returns how many files of this name there were.
  uint64_t remove_files(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace bench
