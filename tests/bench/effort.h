// How much of everything a run does. `full` is what the goals are judged by; `quick` brings each
// row to about a second, enough to see that the accounts balance.
#pragma once

#include <cstdint>

namespace bench {

struct Effort {
  double warm_up_seconds = 0.5;
  double seconds = 2.0;
  double settle_seconds = 0.5;  // before memory is read
  uint64_t requests = 200'000;
  uint64_t warm_up_requests = 5'000;
  uint64_t connections = 10'000;
  uint64_t subscriptions = 200'000;
  int starts = 10;
  int logins = 1'000;
  uint64_t requests_without_logins = 20'000;
};

inline constexpr Effort kFull{};

inline constexpr Effort kQuick{.warm_up_seconds = 0.05,
                               .seconds = 0.2,
                               .settle_seconds = 0.1,
                               .requests = 2'000,
                               .warm_up_requests = 200,
                               .connections = 1'000,
                               .subscriptions = 20'000,
                               .starts = 3,
                               .logins = 40,
                               .requests_without_logins = 1'000};

}  // namespace bench
