#include "tests/bench/store.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <system_error>

#include "tests/bench/failure.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kBlockSize = 512;  // stat's, whatever the file system's is

const char* line_of(Store::Sync sync) {
  switch (sync) {
    case Store::Sync::kAlways:
      return "  sync_interval: always\n";
    case Store::Sync::kLazy:
      return "  sync_interval: \"2m\"\n";
    case Store::Sync::kDefault:
      return "";
  }
  return "";
}

}  // namespace

Store::Store(Sync sync) {
  std::string name = (fs::temp_directory_path() / "bench-store-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail_with_errno("making a directory for a store");
  path_ = name;
  std::ofstream configuration(path_ / "server.conf");
  configuration << "jetstream {\n  store_dir: \"" << (path_ / "files").string() << "\"\n"
                << line_of(sync) << "}\n";
  if (!configuration.flush()) throw Failure("writing a configuration file failed");
}

Store::~Store() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> Store::arguments() const { return {"-c", path_ / "server.conf"}; }

uint64_t Store::disk_size() const {
  uint64_t size = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) != 0) continue;
    if (S_ISREG(status.st_mode)) size += static_cast<uint64_t>(status.st_blocks) * kBlockSize;
  }
  return size;
}

uint64_t Store::remove_files(std::string_view name) const {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_)) {
    if (entry.path().filename() == name) found.push_back(entry.path());
  }
  for (const fs::path& path : found) fs::remove(path);
  return found.size();
}

}  // namespace bench
