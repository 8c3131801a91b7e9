#include "hosts/websocket/http_host.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "hosts/common/clock.h"

namespace myelin {
namespace {

// How exactly patience is measured.
constexpr uint64_t kDeadlineStepMs = 500;

}  // namespace

HttpHost::HttpHost(std::string_view base_path, const std::string& web)
    : site_(base_path, web), process_(read_clocks().mono) {}

HttpHost::~HttpHost() = default;

void HttpHost::start(Loop& loop, Log& log) {
  loop_ = &loop;
  log_ = &log;
  auto* idle = new uv_idle_t;
  INVARIANT(uv_idle_init(&loop.uv(), idle) == 0);
  next_turn_.reset(idle);
  idle->data = this;
  auto* timer = new uv_timer_t;
  INVARIANT(uv_timer_init(&loop.uv(), timer) == 0);
  timer_.reset(timer);
  timer->data = this;
}

void HttpHost::close() {
  for (const auto& [key, connection] : connections_) connection->abort();
  next_turn_.reset();
  timer_.reset();
}

void HttpHost::adopt(AcceptedSocket socket, std::unique_ptr<TlsSession> tls) {
  const bool has_room = connections_.size() < kConnectionsMax || make_room();
  auto owned = std::make_unique<HttpConnection>(*this);
  HttpConnection& connection = *owned;
  connections_[&connection] = std::move(owned);
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(timer_.get())) == 0) {
    uv_timer_start(
        timer_.get(),
        [](uv_timer_t* timer) { static_cast<HttpHost*>(timer->data)->check_deadlines(); },
        kDeadlineStepMs, kDeadlineStepMs);
  }
  connection.start(std::move(socket), std::move(tls));
  if (!has_room) connection.turn_away();
}

// False where all have something to answer.
bool HttpHost::make_room() {
  HttpConnection* longest = nullptr;
  for (const auto& [key, connection] : connections_) {
    if (!connection->is_idle()) continue;
    if (longest == nullptr || connection->since_ms() < longest->since_ms()) {
      longest = connection.get();
    }
  }
  if (longest == nullptr) return false;
  longest->abort();
  return true;
}

HostFacts HttpHost::facts() {
  HostFacts facts = process_.ask(read_clocks().mono);
  facts.http_requests = site_.request_counts();
  return facts;
}

void HttpHost::resume_next_turn(HttpConnection& connection) {
  if (next_turn_ == nullptr) return;
  if (std::find(waiting_.begin(), waiting_.end(), &connection) == waiting_.end()) {
    waiting_.push_back(&connection);
  }
  uv_idle_start(next_turn_.get(),
                [](uv_idle_t* idle) { static_cast<HttpHost*>(idle->data)->resume_waiting(); });
}

// Those that come back meanwhile wait for the turn after.
void HttpHost::resume_waiting() {
  const std::vector<HttpConnection*> ready = std::exchange(waiting_, {});
  uv_idle_stop(next_turn_.get());
  for (HttpConnection* connection : ready) connection->resume();
}

void HttpHost::check_deadlines() {
  if (connections_.empty()) {
    uv_timer_stop(timer_.get());
    return;
  }
  const uint64_t now = now_ms();
  for (const auto& [key, connection] : connections_) connection->check_deadline(now);
}

void HttpHost::release(HttpConnection& connection) {
  std::erase(waiting_, &connection);
  connections_.erase(&connection);
}

}  // namespace myelin
