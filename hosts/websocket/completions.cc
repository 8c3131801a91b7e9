#include "hosts/websocket/completions.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace myelin {
namespace {

// Then other links have their turn.
constexpr size_t kHandlersMax = 1024;

}  // namespace

class Completions::State {
 public:
  boost::asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keeps_running{
      context.get_executor()};
  // Never set: Asio opens its descriptors for the first timer, and each of Beast's streams has one.
  boost::asio::steady_timer timer{context};
  bool is_polling = false;
};

Completions::Completions() : state_(std::make_unique<State>()) {}
Completions::~Completions() = default;

boost::asio::io_context& Completions::context() { return state_->context; }

void Completions::post(std::function<void()> act) {
  boost::asio::post(state_->context, std::move(act));
}

bool Completions::poll() {
  if (state_->is_polling) return false;
  state_->is_polling = true;
  size_t count = 0;
  while (count < kHandlersMax && state_->context.poll_one() != 0) ++count;
  state_->is_polling = false;
  return count != 0;
}

void Completions::finish() {
  while (poll()) {
  }
}

}  // namespace myelin
