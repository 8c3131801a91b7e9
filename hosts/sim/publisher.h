// Publisher: publishes with message ids, keeps the acknowledgements it gets, and sends again what
// was not answered, under the same id. At times it expects a last sequence, rightly or wrongly.
#pragma once

#include <map>
#include <string>

#include "hosts/sim/actor.h"

namespace myelin::sim {

class Publisher final : public Actor {
 public:
  // Publishes to `<prefix>.0` up to `<prefix>.4`.
  Publisher(std::string name, Checker& checker, uint64_t seed, std::string stream,
            std::string prefix)
      : Actor(std::move(name), checker, seed),
        stream_(std::move(stream)),
        prefix_(std::move(prefix)) {}

 private:
  struct Pending {
    std::string id;
    std::string subject;
    std::string payload;
    Instant sent;
    int attempts = 1;
  };

  void on_link() override;
  void on_answer(uint64_t request, const WireMessage& message) override;
  void deed(bool is_closing) override;
  void publish_new();
  void publish_again(Pending pending);

  std::string stream_;
  std::string prefix_;
  std::map<uint64_t, Pending> pending_;  // by request
  uint64_t next_id_ = 1;
  uint64_t last_seq_ = 0;
};

}  // namespace myelin::sim
