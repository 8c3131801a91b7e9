#include "hosts/uv/loop.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "hosts/common/clock.h"
#include "hosts/common/heap.h"
#include "hosts/common/run_task.h"

namespace myelin {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
// Whoever leaves is seldom alone: memory is given back once for all who leave meanwhile.
constexpr uint64_t kHeapDelayMs = 2000;

// Under load, several reads make one write per link, which saves system calls and wake-ups; but
// only as long as what they produce stays in the processor's cache until it is written. Measured
// with tests/bench: one subscriber of 16 KiB messages costs half at 4 reads, a hundred subscribers
// cost half more at 2.
constexpr uint64_t kReadsPerDrainMax = 4;
constexpr uint64_t kDrainSizeMax = 1024 * 1024;

// Completions make output, whose writes make completions. After so many rounds the sockets have
// their turn.
constexpr int kCompletionRoundsMax = 4;

}  // namespace

Loop::Loop(Server& server, FileStorage* storage)
    : server_(server),
      storage_(storage),
      queries_(server),
      process_(read_clocks().mono),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBufferSize)),
      tasks_(
          std::in_place, [](void* async) { uv_async_send(static_cast<uv_async_t*>(async)); },
          &tasks_finished_) {
  INVARIANT(uv_loop_init(&uv_) == 0);
  INVARIANT(uv_prepare_init(&uv_, &prepare_) == 0);
  INVARIANT(uv_check_init(&uv_, &check_) == 0);
  INVARIANT(uv_idle_init(&uv_, &awake_) == 0);
  INVARIANT(uv_timer_init(&uv_, &deadline_) == 0);
  INVARIANT(uv_timer_init(&uv_, &patience_) == 0);
  INVARIANT(uv_timer_init(&uv_, &lingering_timer_) == 0);
  INVARIANT(uv_timer_init(&uv_, &heap_) == 0);
  INVARIANT(uv_async_init(&uv_, &tasks_finished_, [](uv_async_t* async) {
              static_cast<Loop*>(async->data)->take_finished_tasks();
            }) == 0);
  INVARIANT(uv_async_init(&uv_, &synced_, [](uv_async_t* async) {
              static_cast<Loop*>(async->data)->take_synced();
            }) == 0);
  prepare_.data = check_.data = deadline_.data = patience_.data = lingering_timer_.data = this;
  tasks_finished_.data = synced_.data = this;
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* handle) { static_cast<Loop*>(handle->data)->on_prepare(); });
  uv_check_start(&check_, [](uv_check_t* handle) {
    Loop& self = *static_cast<Loop*>(handle->data);
    if (self.poll_completions_) self.poll_completions_();
  });
  if (storage_ == nullptr) return;
  storage_->set_wake([](void* async) { uv_async_send(static_cast<uv_async_t*>(async)); }, &synced_);
}

// Other threads first: they wake what is closed next. Then links: they end through this object.
Loop::~Loop() {
  tasks_.reset();
  if (storage_ != nullptr) storage_->set_wake(nullptr, nullptr);
  for (const auto& [id, link] : links_) link->abort();
  close_handles();
  uv_run(&uv_, UV_RUN_DEFAULT);
  uv_loop_close(&uv_);
}

void Loop::close_handles() {
  uv_prepare_stop(&prepare_);
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&check_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&awake_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&deadline_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&patience_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&lingering_timer_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&heap_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&tasks_finished_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&synced_), nullptr);
}

void Loop::run() { uv_run(&uv_, UV_RUN_DEFAULT); }

void Loop::on_prepare() {
  drain_with_completions();
  if (when_empty_ && server_.is_empty()) {
    std::exchange(when_empty_, nullptr)();
    drain();
  }
  if (is_shutting_down_ && links_.empty()) return stop();
  arm_timer();
}

void Loop::drain_with_completions() {
  drain();
  if (!poll_completions_) return;
  for (int round = 0; round < kCompletionRoundsMax; ++round) {
    if (!poll_completions_()) {
      uv_idle_stop(&awake_);
      return;
    }
    drain();
  }
  uv_idle_start(&awake_, [](uv_idle_t*) {});
}

// In milliseconds rounded up, so that the Server never wakes to find nothing due yet. What is due
// already is not rounded: work in slices would rest up to a millisecond after each.
void Loop::arm_timer() {
  const std::optional<Instant> at = server_.deadline();
  std::optional<uint64_t> due_ms;
  if (at && *at <= read_clocks().mono) {
    due_ms = 0;
  } else if (at) {
    due_ms = static_cast<uint64_t>((at->ns + kNsPerMs - 1) / kNsPerMs);
  }
  if (due_ms == armed_ms_) return;
  armed_ms_ = due_ms;
  if (!due_ms) {
    uv_timer_stop(&deadline_);
    return;
  }
  const uint64_t now_ms = uv_now(&uv_);
  const auto fire = [](uv_timer_t* timer) {
    Loop& self = *static_cast<Loop*>(timer->data);
    self.armed_ms_.reset();
    self.server_.advance(read_clocks());
  };
  uv_timer_start(&deadline_, fire, *due_ms > now_ms ? *due_ms - now_ms : 0, 0);
}

// Links ---------------------------------------------------------------------------------------

void Loop::open(std::unique_ptr<Link> link, Peer peer) {
  const ClientId client = server_.open(read_clocks(), std::move(peer));
  Link& opened = *link;
  links_[client.value] = std::move(link);
  opened.start(client);
}

void Loop::receive(ClientId client, Bytes bytes) { server_.receive(read_clocks(), client, bytes); }

void Loop::introduce(ClientId client, std::string address, uint16_t port) {
  server_.introduce(read_clocks(), client, std::move(address), port);
}

bool Loop::begin_tls(ClientId client) { return server_.begin_tls(read_clocks(), client); }

void Loop::secured(ClientId client, TlsFacts facts) {
  server_.secured(read_clocks(), client, std::move(facts));
}

void Loop::end(ClientId client, LinkEnd reason, std::string_view why) {
  server_.close(read_clocks(), client, reason, why);
}

void Loop::let_linger(ClientId client) {
  lingering_.push_back({client, uv_now(&uv_) + static_cast<uint64_t>(linger_.count() / kNsPerMs)});
  if (lingering_.size() == 1) give_up_lingering();
}

// Those whose time has come; links that are released by then are no longer found.
void Loop::give_up_lingering() {
  const uint64_t now_ms = uv_now(&uv_);
  while (!lingering_.empty() && lingering_.front().until_ms <= now_ms) {
    if (Link* link = find(lingering_.front().client)) link->abort();
    lingering_.pop_front();
  }
  if (lingering_.empty()) return;
  uv_timer_start(
      &lingering_timer_,
      [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->give_up_lingering(); },
      lingering_.front().until_ms - now_ms, 0);
}

void Loop::keep_until_released(std::unique_ptr<Link> link) { unopened_.push_back(std::move(link)); }

void Loop::release(Link& link, ClientId client) {
  if (links_.erase(client.value) == 0) {
    std::erase_if(unopened_, [&link](const auto& kept) { return kept.get() == &link; });
  }
  auto* const heap = reinterpret_cast<uv_handle_t*>(&heap_);
  if (uv_is_active(heap) != 0 || uv_is_closing(heap) != 0) return;
  uv_timer_start(
      &heap_, [](uv_timer_t*) { return_free_memory(); }, kHeapDelayMs, 0);
}

Link* Loop::find(ClientId client) {
  const auto found = links_.find(client.value);
  return found == links_.end() ? nullptr : found->second.get();
}

// Outputs -------------------------------------------------------------------------------------

// What a link wrote is reported when the queue is empty, for all links together; a report may bring
// more to write.
void Loop::drain() {
  filled_reads_ = 0;
  if (storage_ != nullptr) storage_->flush();
  for (;;) {
    while (std::optional<Output> output = server_.next_output()) dispatch(std::move(*output));
    if (std::exchange(wants_host_facts_, false)) {
      const Now now = read_clocks();
      server_.host_observed(now, process_.ask(now.mono));
      continue;
    }
    if (std::exchange(wants_reload_, false)) {
      const std::string error = reload_again_ ? reload_again_() : "there is nothing to reload";
      server_.reload_done(read_clocks(), error);
      continue;
    }
    if (progress_.empty()) return;
    reported_.swap(progress_);
    const Now now = read_clocks();
    for (const Progress& progress : reported_) {
      server_.written(now, progress.client, progress.size);
    }
    reported_.clear();
  }
}

void Loop::drain_when_worthwhile() {
  const uint64_t reads = ++filled_reads_;
  if (reads < kReadsPerDrainMax && (reads + 1) * output_per_read_ <= kDrainSizeMax) return;
  drained_size_ = 0;
  drain();
  output_per_read_ = drained_size_ / reads;
}

void Loop::dispatch(Output output) {
  if (Write* write = std::get_if<Write>(&output)) {
    dispatch_to_link(std::move(*write));
  } else if (const PauseRead* pause = std::get_if<PauseRead>(&output)) {
    if (Link* link = find(pause->client)) link->pause_reading();
  } else if (const ResumeRead* resume = std::get_if<ResumeRead>(&output)) {
    if (Link* link = find(resume->client)) link->resume_reading();
  } else if (Task* task = std::get_if<Task>(&output)) {
    submit(std::move(*task));
  } else if (const CancelTask* cancel = std::get_if<CancelTask>(&output)) {
    tasks_->cancel(cancel->id);
  } else if (Report* report = std::get_if<Report>(&output)) {
    queries_.take(std::move(*report));
  } else if (std::holds_alternative<ObserveHost>(output)) {
    wants_host_facts_ = true;
  } else if (std::holds_alternative<WantReload>(output)) {
    wants_reload_ = true;
  }
}

void Loop::submit(Task task) {
  if (submit_account_task_ && is_about_accounts(task)) {
    submit_account_task_(std::move(task));
  } else {
    tasks_->submit(std::move(task));
  }
}

void Loop::dispatch_to_link(Write write) {
  if (Link* link = find(write.client)) link->write(std::move(write));
}

void Loop::take_finished_tasks() {
  for (TaskPool::Finished& task : tasks_->take_finished()) {
    server_.done(read_clocks(), task.id, std::move(task.answer));
  }
}

void Loop::take_synced() {
  for (const FileStorage::Synced& synced : storage_->take_synced()) {
    server_.synced(read_clocks(), synced.ticket, synced.failed);
  }
}

// Administration ------------------------------------------------------------------------------

void Loop::reload(Options options) {
  set_linger(options.write_deadline);
  server_.reload(read_clocks(), std::move(options));
}

void Loop::flush_storage() {
  constexpr int kRoundsMax = 16;  // each a sync; a few are needed
  for (int round = 0; round < kRoundsMax && server_.flush(read_clocks()); ++round) {
    storage_->drain();
    take_synced();
  }
  storage_->drain();
}

void Loop::lame_duck() { server_.lame_duck(read_clocks()); }

void Loop::shut_down(uint64_t patience_ms) {
  is_shutting_down_ = true;
  server_.shut_down(read_clocks());
  uv_timer_start(
      &patience_, [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->stop(); }, patience_ms,
      0);
}

}  // namespace myelin
