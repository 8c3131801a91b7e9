// TaskPool: a few threads of low priority that do Tasks, so that the loop need not wait for them.
//
//     loop thread      submit(task) -> queue -> a worker: run_task -> finished, wake()
//     loop thread      take_finished()                        <- at the wake-up
//
// Threads begin with the first Task and their number is bounded, as is the queue: what does not fit
// is answered at once with an error. Ending a pool forgets what is queued and waits for the Tasks
// being done.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "core/server.h"

namespace myelin {

class TaskPool {
 public:
  struct Finished {
    TaskId id;
    TaskAnswer answer;
  };
  // Called on any thread when there is something to take.
  using Wake = void (*)(void* context);

  TaskPool(Wake wake, void* context);
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  void submit(Task task);
  // Forgets a Task that no worker has begun.
  void cancel(TaskId id);
  std::vector<Finished> take_finished();
  // The answer to a Task that somebody else did, on whatever thread.
  void finish(TaskId id, TaskAnswer answer);
  // Some Task is being done at this moment.
  bool is_busy();

 private:
  void start_thread();
  void work();

  Wake wake_;
  void* context_;
  std::vector<pthread_t> threads_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, Task> queued_;  // by id, which is the order they came in
  std::vector<Finished> finished_;
  size_t running_ = 0;
  bool is_ending_ = false;
};

}  // namespace myelin
