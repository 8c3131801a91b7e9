#include "hosts/common/work_thread.h"

#include <signal.h>

#include <utility>

namespace myelin {

void WorkThread::finish() {
  if (!is_started_) return;
  is_started_ = false;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  submitted_.notify_one();
  pthread_join(thread_, nullptr);
}

// Signals are the loop's: the thread is born with all of them blocked.
Status WorkThread::start() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto body = [](void* self) -> void* {
    static_cast<WorkThread*>(self)->work();
    return nullptr;
  };
  is_started_ = pthread_create(&thread_, nullptr, body, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!is_started_) return Error{Errc::kIo, "no thread can be started"};
  return kOk;
}

void WorkThread::submit(Job job) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = queued_.empty();
    queued_.push_back(std::move(job));
  }
  if (is_first) submitted_.notify_one();
}

void WorkThread::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return queued_.empty() && !is_busy_; });
}

void WorkThread::work() {
  std::vector<Job> batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    submitted_.wait(lock, [this] { return is_ending_ || !queued_.empty(); });
    if (queued_.empty()) return;
    batch.swap(queued_);
    is_busy_ = true;
    lock.unlock();
    for (const Job& job : batch) job();
    batch.clear();
    if (after_batch_) after_batch_();
    lock.lock();
    is_busy_ = false;
    if (queued_.empty()) idle_.notify_all();
  }
}

}  // namespace myelin
