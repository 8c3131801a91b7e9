// A door is a way to a server: a process reached over TCP, or a Server in this process with a
// virtual clock. It starts servers and opens links; what is said over a link it does not
// understand.
//
// Waiting is done in one place, `wait`, and always bounded. Time is the door's own.
#pragma once

#include <chrono>
#include <memory>
#include <span>
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
};

class Door {
 public:
  virtual ~Door() = default;

  virtual std::string_view name() const = 0;
  virtual bool offers(std::string_view need) const = 0;

  // A server with this configuration, untouched by other cases. Throws where it does not start.
  virtual void begin(const std::string& config) = 0;
  // The end of a case; `spoilt` when the server must not be used for another one.
  virtual void end(bool spoilt) = 0;

  // A link, or null when nobody listens.
  virtual std::unique_ptr<Link> open() = 0;
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
};

}  // namespace myelin::conformance
