// Scenario: a small world of accounts that share with one another, and what clients do in it, drawn
// from a seed. Steps name clients and subscriptions by numbers of their own, so that a scenario is
// still one when some of its steps are left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/options.h"

namespace myelin::exchange {

struct Step {
  enum class Kind {
    kJoin,
    kLeave,
    kSubscribe,
    kUnsubscribe,
    kPublish,
    kAnswer,
    kWait,
    kReload,
  };

  Kind kind = Kind::kWait;
  size_t client = 0;                     // who; a number that kJoin gives
  std::string account;                   // kJoin
  bool echo = true;                      // kJoin
  size_t subscription = 0;               // its sid
  std::string subject;                   // kSubscribe, kPublish
  std::string queue;                     // kSubscribe
  uint64_t max = 0;                      // kSubscribe, kUnsubscribe
  std::string reply;                     // kPublish, kAnswer
  size_t request = 0;                    // kAnswer: which of those that were seen, the latest first
  bool is_empty = false;                 // kPublish, kAnswer
  bool claims_more = false;              // kPublish: it says itself who asks
  Duration span{};                       // kWait
  std::vector<AccountOptions> accounts;  // kReload; sorted by name
};

struct Scenario {
  std::vector<AccountOptions> accounts;  // sorted by name
  std::vector<Step> steps;
};

Scenario draw(uint64_t seed);
std::string to_text(const Scenario& scenario);

// What clients listen to for answers.
std::string inbox_of(size_t client);

}  // namespace myelin::exchange
