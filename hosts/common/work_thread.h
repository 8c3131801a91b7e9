// WorkThread: one thread that does jobs in the order they were given.
//
//     owner   submit(job) -> queue -> the thread: all jobs that wait, then after_batch, and again
//
// What jobs leave for after_batch is done once for as many of them as came meanwhile: so one sync
// serves many who asked. The thread takes no signals.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "core/base/result.h"

namespace myelin {

class WorkThread {
 public:
  using Job = std::function<void()>;

  explicit WorkThread(Job after_batch = nullptr) : after_batch_(std::move(after_batch)) {}
  ~WorkThread() { finish(); }
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  Status start();
  void submit(Job job);
  // Until everything submitted so far is done, after_batch included.
  void drain();
  // Does what was submitted and ends the thread; nothing may be submitted after.
  void finish();

 private:
  void work();

  const Job after_batch_;
  pthread_t thread_{};
  bool is_started_ = false;

  std::mutex mutex_;
  std::condition_variable submitted_;
  std::condition_variable idle_;
  std::vector<Job> queued_;
  bool is_busy_ = false;
  bool is_ending_ = false;
};

}  // namespace myelin
