// Loop: libuv to Server. One uv_loop, one Server, one thread; every call into the Server passes
// through here, with the time, and its outputs are taken here.
//
//     poll      links read, and call receive; reads that fill the buffer drain before long
//     timer     the Server's deadline
//     check     what other queues of the loop's thread have ready (set_completions)
//     prepare   drain: every output once, one vectored write per link that has something to say;
//               then arm the timer, and poll again
//
// Draining once per turn of the loop is what makes a thousand small messages one system call. A
// Loop opens no socket and knows no protocol.
#pragma once

#include <uv.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/server.h"
#include "hosts/common/file_storage.h"
#include "hosts/common/process_facts.h"
#include "hosts/common/task_pool.h"
#include "hosts/uv/link.h"
#include "hosts/uv/queries.h"

namespace myelin {

class Loop {
 public:
  static constexpr size_t kReadBufferSize = 64 * 1024;

  // `storage` is the Server's, if it is one whose syncs must be reported.
  explicit Loop(Server& server, FileStorage* storage = nullptr);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t& uv() { return uv_; }
  // Until stop().
  void run();
  // One turn that does not wait.
  void run_once() { uv_run(&uv_, UV_RUN_NOWAIT); }
  void stop() { uv_stop(&uv_); }
  // Who does the Tasks about accounts, and answers by finish() on whatever thread.
  void set_account_tasks(std::function<void(Task)> submit) {
    submit_account_task_ = std::move(submit);
  }
  void finish(TaskId task, TaskAnswer answer) { tasks_->finish(task, std::move(answer)); }
  // Some task is being done on another thread.
  bool is_busy() { return tasks_->is_busy(); }

  // For links.
  void open(std::unique_ptr<Link> link, Peer peer);
  void receive(ClientId client, Bytes bytes);
  void written(ClientId client, uint64_t size) {
    progress_.push_back({client, size});
    drained_size_ += size;
  }
  void introduce(ClientId client, std::string address, uint16_t port);
  bool begin_tls(ClientId client);
  void secured(ClientId client, TlsFacts facts);
  void end(ClientId client, LinkEnd reason, std::string_view why = {});
  // A link that has ended writes what it has left; after `linger` it is given up.
  void let_linger(ClientId client);
  // Keeps a link that was never opened until it is released.
  void keep_until_released(std::unique_ptr<Link> link);
  void release(Link& link, ClientId client);
  std::span<char> read_buffer() { return {read_buffer_.get(), kReadBufferSize}; }
  // Takes every output of the Server.
  void drain();
  // After a read that filled the buffer, so that more follow: drains once a few of them, or the
  // output they make, are worth a system call.
  void drain_when_worthwhile();

  // Reports, for whoever shows them: the slices come while outputs are drained.
  Queries& queries() { return queries_; }

  // Administration.
  size_t links() const { return links_.size(); }
  // How long links that have ended may write: the Server no longer watches over them.
  void set_linger(Duration linger) { linger_ = linger; }
  void reload(Options options);
  // Reads the configuration again, because somebody asked for it by a message: answers what went
  // wrong, or nothing.
  void set_reload(std::function<std::string()> act) { reload_again_ = std::move(act); }
  void lame_duck();
  // Ends all links, flushed, and waits for them for `patience_ms`, then stops.
  void shut_down(uint64_t patience_ms);
  // Once the loop has ended: writes down what makes the next start fast, and waits for the disk.
  void flush_storage();
  // A queue of completions that is polled after every poll for I/O and after every drain, so that
  // the loop never sleeps while it holds something. `poll` does a bounded amount; false: it held
  // nothing.
  void set_completions(std::function<bool()> poll) { poll_completions_ = std::move(poll); }
  // Called once, when the Server has no connection left.
  void when_empty(std::function<void()> act) { when_empty_ = std::move(act); }

 private:
  struct Progress {
    ClientId client;
    uint64_t size;
  };
  struct Lingering {
    ClientId client;
    uint64_t until_ms;
  };

  void on_prepare();
  void drain_with_completions();
  void arm_timer();
  void give_up_lingering();
  void take_finished_tasks();
  void take_synced();
  void dispatch(Output output);
  void submit(Task task);
  void dispatch_to_link(Write write);
  Link* find(ClientId client);
  void close_handles();

  Server& server_;
  FileStorage* storage_;
  Queries queries_;
  ProcessFacts process_;
  bool wants_host_facts_ = false;  // outputs that are answered once all are taken
  bool wants_reload_ = false;
  std::function<std::string()> reload_again_;
  uv_loop_t uv_;
  uv_prepare_t prepare_;
  uv_check_t check_;
  uv_idle_t awake_;  // while it is active the loop does not sleep
  uv_timer_t deadline_;
  uv_timer_t patience_;
  uv_timer_t lingering_timer_;
  uv_timer_t heap_;  // since the first of those who left lately
  uv_async_t tasks_finished_;
  uv_async_t synced_;
  std::optional<uint64_t> armed_ms_;
  std::unique_ptr<char[]> read_buffer_;
  std::unordered_map<uint64_t, std::unique_ptr<Link>> links_;
  std::vector<std::unique_ptr<Link>> unopened_;
  std::deque<Lingering> lingering_;  // the first to be given up first
  Duration linger_ = seconds(10);
  std::vector<Progress> progress_;
  std::vector<Progress> reported_;
  uint64_t drained_size_ = 0;     // written by links since it was last set to 0
  uint64_t output_per_read_ = 0;  // as seen at the last drain of filled reads
  uint64_t filled_reads_ = 0;     // since the last drain
  std::function<bool()> poll_completions_;
  std::function<void()> when_empty_;
  std::function<void(Task)> submit_account_task_;
  bool is_shutting_down_ = false;
  std::optional<TaskPool> tasks_;
};

}  // namespace myelin
