// TLS over a connected socket, as a client that trusts whatever certificate it is shown: a bench
// measures what encryption costs the server and proves nobody's identity.
#pragma once

#include <memory>
#include <span>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace bench {

class TlsSession {
 public:
  // Shakes hands, waiting up to thirty seconds. The socket no longer blocks afterwards.
  explicit TlsSession(int socket);

  // How many bytes were taken or came; zero when the socket would make us wait.
  size_t try_write(std::string_view bytes);
  size_t try_read(std::span<char> into);

 private:
  struct Free {
    void operator()(ssl_st* session) const;
    void operator()(ssl_ctx_st* context) const;
  };

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<ssl_st, Free> session_;
};

}  // namespace bench
