// House: a Server in the world, configured by a text; and visitors who try to get in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/config/config.h"
#include "hosts/sim/world.h"

namespace myelin::access {

// What a daemon makes of the text; nothing if it would not start.
std::optional<Config> understand(const std::string& text);
// Why it would not.
std::string refusal_of(const std::string& text);

struct Visitor {
  std::string name;
  std::string connect;  // JSON; empty: it says nothing of itself
  std::string deed;     // lines of the protocol, before the PING that must be answered
  LinkKind kind = LinkKind::kTcp;
};

class House {
 public:
  explicit House(const Config& config);
  ~House();

  // Whether all it did was answered without an -ERR.
  bool lets_in(const Visitor& visitor);
  // All that a visitor is sent, until nothing more comes for some seconds.
  std::string answers_to(const Visitor& visitor);
  // Whether what the one says reaches the other, who listens to everything.
  bool carries(const std::string& talker, const std::string& listener);

 private:
  class Diary;
  void pass_time();

  std::unique_ptr<Diary> diary_;
  sim::World world_;
};

}  // namespace myelin::access
