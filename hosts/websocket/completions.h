// Completions: what links have still to do once the call is over in which they noticed, on the
// loop's thread: a link that may read again works off what it kept, outside of the drain that says
// so.
//
//     uv check   poll: acts run, and call the Server
//     prepare    the Loop drains, links write and post; poll; drain again, until there is nothing
//                (or the turn has been long enough)
//
// It also holds the io_context that Beast's streams are made with. Nobody runs that: their
// operations complete within the calls that feed them (ws_protocol), and to ask it would cost a
// system call in each turn of the loop.
//
// One for all that speaks WebSocket on a Loop. It is made before the Loop and outlives it, for
// links end with the Loop.
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
  // Runs what was posted, a bounded number of acts; false if there was none. From within an act it
  // does nothing.
  bool poll();
  // Runs all: before what they refer to goes away.
  void finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace myelin
