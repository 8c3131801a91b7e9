// SyncThread: one thread that does what FileStorage has decided, in the order it was decided.
//
//     loop thread   submit(job) -> queue -> the thread: job() -> finished, wake()
//     loop thread   take_finished()                        <- at the wake-up
//
// Jobs are closures that touch file descriptors and what they own, nothing else. A job that answers
// (a sync) is reported once; the others are silent. Its end waits for everything submitted.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/storage/storage.h"

namespace myelin {

class SyncThread {
 public:
  struct Synced {
    SyncTicket ticket;
    FileErrors failed;
  };
  using Job = std::function<std::optional<Synced>()>;
  // Called when there is something to take; must not call back.
  using Wake = void (*)(void* context);

  SyncThread() = default;
  ~SyncThread();
  SyncThread(const SyncThread&) = delete;
  SyncThread& operator=(const SyncThread&) = delete;

  Status start();
  // Null: nobody listens. Called at once if something waits to be taken.
  void set_wake(Wake wake, void* context);
  void submit(Job job);
  // Until everything submitted so far is done.
  void drain();
  // Does what was submitted and ends the thread; nothing may be submitted after.
  void finish();
  std::vector<Synced> take_finished();

 private:
  void work();

  pthread_t thread_{};
  bool is_started_ = false;

  std::mutex mutex_;
  Wake wake_ = nullptr;
  void* context_ = nullptr;
  std::condition_variable submitted_;
  std::condition_variable idle_;
  std::deque<Job> queued_;
  std::vector<Synced> finished_;
  bool is_busy_ = false;
  bool is_ending_ = false;
};

}  // namespace myelin
