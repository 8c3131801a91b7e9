#include "hosts/websocket/completions.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <utility>

namespace myelin {
namespace {

// Then other links have their turn.
constexpr size_t kActsMax = 1024;

}  // namespace

class Completions::State {
 public:
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  // Never set: Asio opens its descriptors for the first timer, and each of Beast's streams has one.
  boost::asio::steady_timer timer{context};
  std::deque<std::function<void()>> ready;
  bool is_polling = false;
};

Completions::Completions() : state_(std::make_unique<State>()) {}
Completions::~Completions() = default;

boost::asio::io_context& Completions::context() { return state_->context; }

void Completions::post(std::function<void()> act) { state_->ready.push_back(std::move(act)); }

bool Completions::poll() {
  if (state_->is_polling || state_->ready.empty()) return false;
  state_->is_polling = true;
  for (size_t count = 0; count < kActsMax && !state_->ready.empty(); ++count) {
    const std::function<void()> act = std::move(state_->ready.front());
    state_->ready.pop_front();
    act();
  }
  state_->is_polling = false;
  return true;
}

void Completions::finish() {
  while (poll()) {
  }
}

}  // namespace myelin
