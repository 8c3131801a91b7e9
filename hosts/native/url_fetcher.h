// UrlFetcher: gets what lies behind a base URL and a name, on a thread of its own, many at a time:
// one that hangs delays no other.
//
//     owner    fetch(name, then) -> queue -> the thread: libcurl's multi handle -> then(answer)
//
// An answer is the body of a 200, bounded in size, in time and in redirections.
#pragma once

#include <pthread.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/config/daemon_options.h"
#include "hosts/native/curl_library.h"

namespace myelin {

class UrlFetcher {
 public:
  using Answer = Result<std::string>;
  // Called on the fetcher's thread.
  using Then = std::function<void(Answer)>;

  static Result<std::unique_ptr<UrlFetcher>> open(std::string base, Duration timeout,
                                                  std::optional<TlsOptions> tls);
  ~UrlFetcher();
  UrlFetcher(const UrlFetcher&) = delete;
  UrlFetcher& operator=(const UrlFetcher&) = delete;

  // Before start(): waits for the answer.
  Answer fetch_now(const std::string& name);
  Status start();
  void fetch(std::string name, Then then);

 private:
  struct Transfer;
  UrlFetcher(CurlLibrary curl, CURLM* multi, std::string base, Duration timeout,
             std::optional<TlsOptions> tls);
  bool begin(std::string name, Then then);
  void set_options(CURL* handle, Transfer& transfer) const;
  void run_until_idle_or_woken();
  void take_done();
  Answer answer_of(CURL* handle, CURLcode code, Transfer& transfer) const;
  void work();

  const CurlLibrary curl_;
  CURLM* const multi_;
  const std::string base_;
  const Duration timeout_;
  const std::optional<TlsOptions> tls_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  pthread_t thread_{};
  bool is_started_ = false;

  std::mutex mutex_;
  std::vector<std::pair<std::string, Then>> queued_;
  bool is_ending_ = false;
};

}  // namespace myelin
