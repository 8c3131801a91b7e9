// KvUser: counts keys of a bucket up. It reads a key's revision and writes the next value on top of
// exactly that revision, as clients' update() does, so that several users make one line.
#pragma once

#include <cstdint>
#include <string>

#include "hosts/sim/actor.h"

namespace myelin::sim {

class KvUser final : public Actor {
 public:
  KvUser(std::string name, Checker& checker, uint64_t seed, std::string bucket)
      : Actor(std::move(name), checker, seed), bucket_(std::move(bucket)) {}

 private:
  enum class Stage { kIdle, kReading, kWriting };

  void on_link() override { stage_ = Stage::kIdle; }
  void on_answer(uint64_t request, const WireMessage& message) override;
  void deed(bool is_closing) override;
  void read();
  void write(uint64_t revision, uint64_t value);

  std::string bucket_;
  Stage stage_ = Stage::kIdle;
  uint64_t request_ = 0;
  Instant asked_;
  std::string subject_;
  uint64_t at_least_ = 0;  // what was acknowledged to anybody before it was read
  uint64_t value_ = 0;
};

}  // namespace myelin::sim
