// A door is a way to a server: a process reached over TCP, or a Server in this process with a
// virtual clock. It starts servers and opens links; what is said over a link it does not
// understand.
//
// Waiting is done in one place, `wait`, and always bounded. Time is the door's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace myelin::conformance {

using Milliseconds = std::chrono::milliseconds;

class Link {
 public:
  enum class State { kOpen, kClosed };

  virtual ~Link() = default;
  // Bytes for a link that the peer has closed already are lost, which is no error.
  virtual void send(std::string_view bytes) = 0;
  // Appends what has arrived, without waiting. kClosed: the peer is gone and nothing is left.
  virtual State receive(std::string& into) = 0;
  // From now on the client reads nothing, so that the server's output stays where it is.
  virtual void stop_reading() = 0;
  virtual void half_close() = 0;
  virtual void close() = 0;

  // What only some links can do. Answers are JSON objects for the case to look at.

  // {"ca", "certificate", "key", "server_name", "version"} -> {"version"}. Throws where it fails.
  virtual std::string start_tls(const std::string& /*client*/) { cannot("speak TLS"); }
  // The HTTP request that asks for WebSocket, with these headers changed -> the answer's headers,
  // and its ":status" and ":body".
  virtual std::string upgrade(const std::string& /*headers*/) { cannot("speak WebSocket"); }
  virtual void send_frame(std::string_view /*words*/, std::string /*payload*/) {
    cannot("send frames");
  }
  // What came beside the bytes of the protocol: "frame close 1002 why".
  virtual bool take_aside(std::string& /*into*/) { return false; }
  // What kind of frames came: {"frames", "compressed", "fragmented", "largest"}.
  virtual std::string seen() const { cannot("see frames"); }

 private:
  [[noreturn]] static void cannot(const char* what) {
    throw std::runtime_error(std::string("this link does not ") + what);
  }
};

class Door {
 public:
  virtual ~Door() = default;

  virtual std::string_view name() const = 0;
  // Of several doors to one server, the plainest: what a case's `doors:` names.
  virtual std::string_view family() const { return name(); }
  virtual bool offers(std::string_view need) const = 0;

  // A server with this configuration, untouched by other cases. Throws where it does not start.
  virtual void begin(const std::string& config) = 0;
  // The end of a case; `spoilt` when the server must not be used for another one.
  virtual void end(bool spoilt) = 0;

  // A link, or null when nobody listens.
  virtual std::unique_ptr<Link> open() = 0;
  // One on which nothing has been said yet, where a link begins with more than its socket.
  virtual std::unique_ptr<Link> dial() { return open(); }
  // Until a link has something to receive (true), or the time is spent.
  virtual bool wait(std::span<Link* const> links, Milliseconds at_most) = 0;

  // Whether the server took the new configuration.
  virtual bool reload(const std::string& config) = 0;
  virtual void lame_duck() = 0;
  virtual void stop() = 0;
  virtual void restart(const std::string& config) = 0;
  virtual void crash(const std::string& config) = 0;
  virtual void advance(Milliseconds by) = 0;
  virtual Milliseconds now() const = 0;
  // What the server's clock shows, in Unix seconds; also before it has begun.
  virtual std::int64_t wall_clock() const {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(since).count();
  }
};

}  // namespace myelin::conformance
