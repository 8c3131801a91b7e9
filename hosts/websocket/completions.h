// Completions: the queue in which Asio's operations report that they are done. An io_context
// without sockets, timers or threads of its own: what it runs was posted by a stream on the uv
// loop, on the loop's thread.
//
//     uv poll    a Transport reads; the stream posts the read's completion
//     uv check   poll: handlers run, and call the Server
//     prepare    the Loop drains, links write, streams post the writes' completions; poll; drain
//                again, until there is nothing (or the turn has been long enough)
//
// One for all that speaks HTTP on a Loop. It is made before the Loop and outlives it, for links end
// with the Loop and their operations with them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace myelin {

class Completions {
 public:
  Completions();
  ~Completions();
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

  boost::asio::io_context& context();
  void post(std::function<void()> act);
  // Runs handlers that are ready, a bounded number; false if there was none. From within a handler
  // it does nothing.
  bool poll();
  // Runs all that are ready: before what they refer to goes away.
  void finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace myelin
