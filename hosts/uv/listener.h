// Listener: accepts connections from a ListenSocket and hands each to whoever makes links of them.
//
// It takes a bounded number per turn of the loop, so that a storm of connections does not stop
// those that are there. When the system has no descriptor or memory to give, connections wait in
// the kernel's queue while the Listener sleeps, 10 ms at first and up to a second.
#pragma once

#include <uv.h>

#include <functional>

#include "core/base/log.h"
#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/listen_socket.h"
#include "hosts/uv/uv_handle.h"

namespace myelin {

class Listener {
 public:
  using Accepted = std::function<void(AcceptedSocket)>;

  // `name` is what log lines call it: "Client".
  Listener(uv_loop_t& loop, ListenSocket socket, std::string name, Log& log, Accepted accepted);
  // Closes the socket; what waits in its queue is refused.
  ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const ListenSocket& socket() const { return socket_; }

 private:
  void listen();
  void accept_some();
  bool accept_one();
  void back_off(int error);

  ListenSocket socket_;
  std::string name_;
  Log& log_;
  Accepted accepted_;
  uint64_t delay_ms_;
  UvHandle<uv_poll_t> poll_;
  UvHandle<uv_timer_t> timer_;
};

}  // namespace myelin
