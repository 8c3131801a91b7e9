// JwtDirectory: accounts' JWTs as files of a directory, `<account>.jwt` each, as nats-server's full
// and cache resolvers have them.
//
// A file is replaced as a whole and is on the disk when store() returns. What is deleted stays as
// `<account>.jwt.deleted`, unless it is to be gone. A cache forgets what was not asked for longest,
// and what was asked for too long ago. What a JWT says is not looked at here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace myelin {

struct JwtDirectoryOptions {
  enum class Deletion { kRenamed, kRemoved };

  std::string path;
  uint64_t files_max = 0;  // 0: no limit
  bool is_cache = false;   // a full one makes room; otherwise it takes no more
  Duration ttl{};          // of a cache; 0: forever
  Deletion deletion = Deletion::kRenamed;
};

class JwtDirectory {
 public:
  // Makes the directory where there is none.
  static Result<std::unique_ptr<JwtDirectory>> open(JwtDirectoryOptions options, Instant now);
  ~JwtDirectory();
  JwtDirectory(const JwtDirectory&) = delete;
  JwtDirectory& operator=(const JwtDirectory&) = delete;

  // Empty: there is none.
  Result<std::string> load(const std::string& account, Instant now);
  // Whether it differs from what was there.
  Result<bool> store(const std::string& account, std::string_view jwt, Instant now);
  // What is not there is deleted.
  Status remove(const std::string& account);
  // "account|jwt", a line each, sorted by account, from the first behind `after`. At least one, if
  // there is one; then no more than have room in `size_max`.
  Result<std::string> page(const std::string& after, size_t size_max, Instant now);

 private:
  struct Entry {
    uint64_t used = 0;  // the highest was used last
    Instant last_used{};
  };
  using Entries = std::map<std::string, Entry>;

  JwtDirectory(JwtDirectoryOptions options, int descriptor)
      : options_(std::move(options)), descriptor_(descriptor) {}
  Status list(Instant now);
  void use(const std::string& account, Instant now);
  Status forget_expired(Instant now);
  Status make_room();
  Result<std::string> read(const std::string& name) const;
  Status replace(const std::string& name, std::string_view bytes) const;
  Status sync() const;

  JwtDirectoryOptions options_;
  int descriptor_;
  Entries entries_;
  uint64_t last_used_ = 0;
};

}  // namespace myelin
