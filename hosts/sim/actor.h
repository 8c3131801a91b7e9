// Actor: somebody who uses the server over a link of his own, and who survives it: when the link is
// gone he opens another one and goes on. He tells the Checker what he did and saw.
//
// What he does is drawn from his own seed. Answers are known by the inbox they come to; one that
// does not come within kPatience has been lost.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "hosts/sim/checker.h"
#include "hosts/sim/wire_client.h"

namespace myelin::sim {

inline constexpr Duration kPatience = seconds(4);

class Actor {
 public:
  Actor(std::string name, Checker& checker, uint64_t seed)
      : random_(seed), checker_(checker), name_(std::move(name)) {}
  virtual ~Actor() = default;

  // Whom it says it is; nobody, unless it is called.
  void log_in_as(std::string user) { user_ = std::move(user); }
  // A life of the server begins, and ends.
  void begin(World& world) { world_ = &world; }
  void end();
  // Reads what came, then does one deed. `is_closing`: begins nothing new, finishes what is open.
  void act(bool is_closing);

 protected:
  virtual void on_link() {}
  virtual void on_delivery(const WireMessage&) {}
  virtual void on_answer(uint64_t request, const WireMessage& message) = 0;
  virtual void deed(bool is_closing) = 0;

  // Sends a request; its number comes back with the answer.
  uint64_t ask(std::string_view subject, std::string_view payload, std::string_view headers = {});
  WireClient& client() { return *client_; }
  Instant now() const { return world_->now().mono; }
  bool is_late(Instant since) const { return now() - since > kPatience; }
  const std::string& name() const { return name_; }

  Random random_;
  Checker& checker_;

 private:
  void open_link();

  std::string name_;
  std::string user_;
  World* world_ = nullptr;
  std::unique_ptr<WireClient> client_;
  std::string inbox_;
  uint64_t links_ = 0;
  uint64_t next_request_ = 1;
};

}  // namespace myelin::sim
