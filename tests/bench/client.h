// A NATS client as far as a bench needs one: it greets as the official libraries do, subscribes,
// and knows when everything it said has been dealt with (`fence`). What it sends is the caller's
// own bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/inbound.h"
#include "tests/bench/link.h"

namespace bench {

struct Credentials {
  std::string user;
  std::string password;
};

// The CONNECT line, complete. Without a user it carries no credentials.
std::string connect_line(const Credentials& credentials);

class Client {
 public:
  // Reads INFO, sends CONNECT and waits until the server has accepted it.
  explicit Client(const Address& address, size_t buffer_size = Inbound::kSmall,
                  const Credentials& credentials = {});

  // Over a link with no server behind it, which therefore is not greeted.
  Client(Link link, size_t buffer_size);

  // `queue` may be empty.
  void subscribe(std::string_view subject, std::string_view queue, unsigned sid);

  // PING, and everything up to its PONG. A message that arrives meanwhile throws Failure: it is one
  // too many, since callers fence when they have received all they expect.
  void fence();

  // The next message, waited for. PINGs are answered on the way.
  Frame next_message();

  Link& link() { return link_; }
  Inbound& inbound() { return inbound_; }

 private:
  Frame next_frame();

  Link link_;
  Inbound inbound_;
};

}  // namespace bench
