#include "tests/bench/pipeline.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "tests/bench/batch.h"
#include "tests/bench/clock.h"
#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr uint64_t kPatienceNs = 30'000'000'000;
constexpr int kIdleWaitMs = 100;

void append_number(std::string& to, uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  to.append(digits, end);
}

// "MSG <inbox>.<number> ..."
uint64_t number_of(std::string_view line, std::string_view inbox) {
  std::string_view subject = line.substr(line.find(' ') + 1);
  subject = subject.substr(0, subject.find(' '));
  uint64_t number = 0;
  if (!subject.starts_with(inbox) || subject.size() <= inbox.size() + 1) {
    throw Failure("a reply to nobody: " + std::string(line));
  }
  const char* const end = subject.data() + subject.size();
  const auto [stop, code] = std::from_chars(subject.data() + inbox.size() + 1, end, number);
  if (code != std::errc() || stop != end) throw Failure("a reply to nobody: " + std::string(line));
  return number;
}

uint64_t answered_by(const std::vector<Pipeline>& pipelines) {
  uint64_t sum = 0;
  for (const Pipeline& pipeline : pipelines) sum += pipeline.answered();
  return sum;
}

// Nothing is under way, and nothing is to follow.
bool is_done(const std::vector<Pipeline>& pipelines, uint64_t requests_max) {
  return std::all_of(pipelines.begin(), pipelines.end(), [&](const Pipeline& pipeline) {
    return !pipeline.has_unsent() && pipeline.answered() == pipeline.sent() &&
           pipeline.sent() >= requests_max;
  });
}

void wait(const std::vector<Pipeline>& pipelines) {
  std::vector<pollfd> sockets;
  for (const Pipeline& pipeline : pipelines) {
    const short events = pipeline.has_unsent() ? POLLIN | POLLOUT : POLLIN;
    sockets.push_back({.fd = pipeline.fd(), .events = events, .revents = 0});
  }
  if (::poll(sockets.data(), sockets.size(), kIdleWaitMs) < 0 && errno != EINTR) {
    fail_with_errno("waiting for sockets");
  }
}

}  // namespace

Pipeline::Pipeline(uint16_t port, Requests requests)
    : requests_(std::move(requests)), client_(std::make_unique<Client>(port, Inbound::kLarge)) {
  client_->subscribe(requests_.inbox + ".*", "", 1);
  client_->fence();
}

bool Pipeline::push(uint64_t requests_max) {
  if (!has_unsent()) append_requests(requests_max);
  if (!has_unsent()) return false;
  const size_t size = client_->link().try_send(std::string_view(unsent_).substr(unsent_begin_));
  unsent_begin_ += size;
  return size > 0;
}

void Pipeline::append_requests(uint64_t requests_max) {
  unsent_.clear();
  unsent_begin_ = 0;
  std::string reply = requests_.inbox + '.';
  const size_t prefix_size = reply.size();
  while (sent_ < requests_max && sent_ - answered_ < requests_.window &&
         unsent_.size() < kBatchBytes) {
    reply.resize(prefix_size);
    append_number(reply, sent_);
    requests_.append(unsent_, sent_, reply);
    ++sent_;
  }
}

bool Pipeline::pull() {
  if (!client_->inbound().try_receive(client_->link())) return false;
  Frame frame;
  while (client_->inbound().next(frame)) {
    if (frame.kind == FrameKind::kPing) unsent_ += "PONG\r\n";
    if (frame.kind == FrameKind::kMessage) take(frame);
  }
  return true;
}

void Pipeline::take(const Frame& frame) {
  const uint64_t number = number_of(frame.line, requests_.inbox);
  if (number >= sent_ || answered_ == sent_) throw Failure("a reply more than was asked for");
  requests_.check(frame, number);
  number_sum_ += number;
  ++answered_;
}

void Pipeline::settle_accounts() {
  client_->fence();
  if (answered_ != sent_ || number_sum_ != sent_ * (sent_ - std::min<uint64_t>(sent_, 1)) / 2) {
    throw Failure("replies lost or doubled");
  }
}

PipelineCount run_pipelines(std::vector<Pipeline>& pipelines, const PipelineBounds& bounds) {
  const uint64_t before = answered_by(pipelines);
  const uint64_t began = wall_ns();
  uint64_t last_movement = began;
  PipelineCount count;
  for (;;) {
    const uint64_t now = wall_ns();
    const bool may_ask = static_cast<double>(now - began) < bounds.seconds * 1e9;
    const uint64_t requests_max = may_ask ? bounds.requests : 0;
    bool has_moved = false;
    for (Pipeline& pipeline : pipelines) {
      has_moved |= pipeline.push(requests_max);
      has_moved |= pipeline.pull();
    }
    count.answered = answered_by(pipelines) - before;
    if (is_done(pipelines, requests_max)) break;
    if (has_moved) last_movement = now;
    if (now - last_movement > kPatienceNs) {
      throw Failure("nothing moved for thirty seconds, with " + std::to_string(count.answered) +
                    " requests answered");
    }
    if (!has_moved) wait(pipelines);
  }
  count.wall_ns = wall_ns() - began;
  for (Pipeline& pipeline : pipelines) pipeline.settle_accounts();
  return count;
}

}  // namespace bench
