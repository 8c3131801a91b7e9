// Link: the way by which one client's bytes come and go, as the Loop sees it. A link over plain TCP
// is one kind; TLS and WebSocket are others, over the same Transport.
//
// A link tells the Loop opened, received, wrote and ended; it never speaks to the Server itself. It
// lives until it calls Loop::release, which it does when the system has let go of it.
#pragma once

#include "core/server.h"

namespace myelin {

class Link {
 public:
  virtual ~Link() = default;

  // Called once, after the Server has given the link its id.
  virtual void start(ClientId client) = 0;
  virtual void write(Write write) = 0;
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  // Lets go of everything at once, unflushed.
  virtual void abort() = 0;
};

}  // namespace myelin
