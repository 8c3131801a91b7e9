// AccountResolver: does the Tasks about accounts' JWTs, on a thread of its own, in a directory or
// behind a URL.
//
// Tasks on a directory are done in the order they came. One at a URL waits for no other.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/config/daemon_options.h"
#include "core/options.h"
#include "core/server.h"
#include "hosts/common/jwt_directory.h"
#include "hosts/common/work_thread.h"
#include "hosts/native/url_fetcher.h"

namespace myelin {

class AccountResolver {
 public:
  // Called on another thread than the owner's.
  using Finish = std::function<void(TaskId, TaskAnswer)>;

  // Of a kind that keeps anything outside the Server. A URL is asked whether anybody is there.
  static Result<std::unique_ptr<AccountResolver>> open(ResolverKind kind,
                                                       const ResolverOptions& options);

  // Before start(): waits for the answer. Empty: there is none.
  Result<std::string> fetch_now(const std::string& account);
  Status start(Finish finish);
  void submit(Task task);

 private:
  AccountResolver() = default;
  TaskAnswer answer(const Task& task);

  Finish finish_;
  std::unique_ptr<JwtDirectory> directory_;
  std::unique_ptr<UrlFetcher> url_;
  WorkThread thread_;  // last, so that it ends first
};

}  // namespace myelin
