// Worker: the one taker of a durable consumer with explicit acknowledgements, pull or push. It
// acknowledges most of what it gets and asks for the answer; the rest it refuses, delays or
// forgets.
#pragma once

#include <map>
#include <string>

#include "hosts/sim/actor.h"

namespace myelin::sim {

class Worker final : public Actor {
 public:
  // `push_subject`: where deliveries come; empty: they are pulled.
  Worker(std::string name, Checker& checker, uint64_t seed, std::string stream,
         std::string consumer, std::string push_subject)
      : Actor(std::move(name), checker, seed),
        stream_(std::move(stream)),
        consumer_(std::move(consumer)),
        push_subject_(std::move(push_subject)) {}

  const std::string& stream() const { return stream_; }
  const std::string& consumer() const { return consumer_; }

 private:
  void on_link() override;
  void on_delivery(const WireMessage& message) override;
  void on_answer(uint64_t request, const WireMessage& message) override;
  void deed(bool is_closing) override;
  void acknowledge(const std::string& reply, uint64_t seq);

  std::string stream_;
  std::string consumer_;
  std::string push_subject_;
  bool is_closing_ = false;
  std::map<uint64_t, uint64_t> acks_;  // the sequence, by request
  // The pull that is open: until so many came, or a status, or it is late.
  uint64_t pull_ = 0;
  uint64_t pull_left_ = 0;
  Instant pulled_;
};

}  // namespace myelin::sim
