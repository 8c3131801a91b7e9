#include "hosts/common/sync_thread.h"

#include <signal.h>

#include <utility>

namespace myelin {

SyncThread::~SyncThread() { finish(); }

void SyncThread::finish() {
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
Status SyncThread::start() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto body = [](void* self) -> void* {
    static_cast<SyncThread*>(self)->work();
    return nullptr;
  };
  is_started_ = pthread_create(&thread_, nullptr, body, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!is_started_) return Error{Errc::kIo, "no thread can be started"};
  return kOk;
}

void SyncThread::set_wake(Wake wake, void* context) {
  const std::lock_guard lock(mutex_);
  wake_ = wake;
  context_ = context;
  if (wake_ != nullptr && !finished_.empty()) wake_(context_);
}

void SyncThread::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    queued_.push_back(std::move(job));
  }
  submitted_.notify_one();
}

void SyncThread::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return queued_.empty() && !is_busy_; });
}

std::vector<SyncThread::Synced> SyncThread::take_finished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

void SyncThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    submitted_.wait(lock, [this] { return is_ending_ || !queued_.empty(); });
    if (queued_.empty()) return;
    Job job = std::move(queued_.front());
    queued_.pop_front();
    is_busy_ = true;
    lock.unlock();
    std::optional<Synced> synced = job();
    job = nullptr;
    lock.lock();
    is_busy_ = false;
    if (queued_.empty()) idle_.notify_all();
    if (!synced) continue;
    finished_.push_back(std::move(*synced));
    if (wake_ != nullptr) wake_(context_);
  }
}

}  // namespace myelin
