#include "hosts/common/task_pool.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "hosts/common/run_task.h"

namespace myelin {
namespace {

constexpr long kThreadsMax = 4;
// One for each connection there can be.
constexpr size_t kQueuedMax = 65536;
constexpr size_t kStackSize = 256 * 1024;
// A log-in can wait a little, a message should not: on a busy processor the loop goes first.
constexpr int kNiceness = 10;

size_t threads_max() {
  return static_cast<size_t>(std::clamp(sysconf(_SC_NPROCESSORS_ONLN), 1L, kThreadsMax));
}

void lower_priority_of_this_thread() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNiceness);
}

}  // namespace

TaskPool::TaskPool(Wake wake, void* context) : wake_(wake), context_(context) {}

TaskPool::~TaskPool() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    queued_.clear();
  }
  changed_.notify_all();
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

void TaskPool::submit(Task task) {
  size_t waiting = 0;
  size_t running = 0;
  const TaskId id = task.id;
  {
    const std::lock_guard lock(mutex_);
    if (queued_.size() < kQueuedMax) {
      queued_.emplace(id.value, std::move(task));
      waiting = queued_.size();
    }
    running = running_;
  }
  if (waiting == 0) return finish(id, Error{Errc::kFull, "too many tasks are waiting"});
  if (threads_.size() < waiting + running && threads_.size() < threads_max()) start_thread();
  if (threads_.empty()) {
    const std::lock_guard lock(mutex_);
    queued_.erase(id.value);
    waiting = 0;
  }
  if (waiting == 0) return finish(id, Error{Errc::kIo, "no thread can be started"});
  changed_.notify_one();
}

void TaskPool::cancel(TaskId id) {
  const std::lock_guard lock(mutex_);
  queued_.erase(id.value);
}

std::vector<TaskPool::Finished> TaskPool::take_finished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

bool TaskPool::is_busy() {
  const std::lock_guard lock(mutex_);
  return running_ > 0;
}

// Signals are the loop's: a worker is born with all of them blocked.
void TaskPool::start_thread() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const auto body = [](void* pool) -> void* {
    lower_priority_of_this_thread();
    static_cast<TaskPool*>(pool)->work();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, body, this) == 0) threads_.push_back(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
}

void TaskPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_ending_ || !queued_.empty(); });
    if (is_ending_) return;
    const Task task = std::move(queued_.begin()->second);
    queued_.erase(queued_.begin());
    ++running_;
    lock.unlock();
    TaskAnswer answer = run_task(task);
    lock.lock();
    --running_;
    lock.unlock();
    finish(task.id, std::move(answer));
    lock.lock();
  }
}

void TaskPool::finish(TaskId id, TaskAnswer answer) {
  {
    const std::lock_guard lock(mutex_);
    finished_.push_back({id, std::move(answer)});
  }
  wake_(context_);
}

}  // namespace myelin
