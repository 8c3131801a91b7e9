#include "hosts/common/task_pool.h"

#include <semaphore.h>

#include <algorithm>
#include <catch2/catch.hpp>

namespace myelin {
namespace {

class Bell {
 public:
  Bell() { sem_init(&rung_, 0, 0); }
  ~Bell() { sem_destroy(&rung_); }
  static void ring(void* bell) { sem_post(&static_cast<Bell*>(bell)->rung_); }
  void wait() { sem_wait(&rung_); }

 private:
  sem_t rung_;
};

}  // namespace

TEST_CASE("TaskPool: every task is answered once") {
  Bell bell;
  TaskPool pool(&Bell::ring, &bell);
  constexpr uint64_t kTasks = 50;
  for (uint64_t id = 1; id <= kTasks; ++id) {
    pool.submit({.id = TaskId{id}, .work = VerifyBcrypt{"no hash", "password"}});
  }
  std::vector<uint64_t> answered;
  while (answered.size() < kTasks) {
    bell.wait();
    for (const TaskPool::Finished& finished : pool.take_finished()) {
      CHECK_FALSE(finished.answer.ok());
      answered.push_back(finished.id.value);
    }
  }
  std::sort(answered.begin(), answered.end());
  for (uint64_t id = 1; id <= kTasks; ++id) CHECK(answered[id - 1] == id);
}

TEST_CASE("TaskPool: may end with work left to do") {
  Bell bell;
  TaskPool pool(&Bell::ring, &bell);
  for (uint64_t id = 1; id <= 10000; ++id) {
    pool.submit({.id = TaskId{id}, .work = VerifyEd25519{}});
  }
}

}  // namespace myelin
