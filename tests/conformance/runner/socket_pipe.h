// A client's connected TCP socket, plain or under TLS: bytes out and bytes in, never waiting longer
// than a named bound. It owns the descriptor. Signals of broken pipes must be ignored by the
// program.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace myelin::conformance {

// What a client brings to a TLS handshake. Files are PEM; an empty name means: none.
struct TlsClient {
  std::string ca;           // whom it trusts; without it, everybody
  std::string certificate;  // and the key below: who it says it is
  std::string key;
  std::string server_name = "localhost";
  std::string version;  // "1.2" or "1.3" and no other
};

class SocketPipe {
 public:
  explicit SocketPipe(int fd);
  ~SocketPipe();
  SocketPipe(const SocketPipe&) = delete;
  SocketPipe& operator=(const SocketPipe&) = delete;

  int fd() const { return fd_; }
  // Bytes for a peer that is gone are lost. Throws where the peer takes nothing for long.
  void send(std::string_view bytes);
  // Appends what has arrived. False: the peer is gone and nothing is left.
  bool receive(std::string& into);
  // The handshake, to its end. Answers the version, as "TLSv1.3". Throws std::runtime_error.
  std::string start_tls(const TlsClient& client);
  void half_close();
  void close();

 private:
  struct Tls;
  bool wait(short events, int at_most_ms) const;
  void send_tls(std::string_view bytes);
  bool receive_tls(std::string& into);

  int fd_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace myelin::conformance
