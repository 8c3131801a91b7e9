// A server's configuration in a temporary file, which goes with its owner.
#pragma once

#include <string>
#include <string_view>

namespace bench {

class ConfigurationFile {
 public:
  explicit ConfigurationFile(std::string_view text);
  ConfigurationFile(const ConfigurationFile&) = delete;
  ConfigurationFile& operator=(const ConfigurationFile&) = delete;
  ~ConfigurationFile();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace bench
