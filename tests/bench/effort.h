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
  uint64_t secured_connections = 2'000;  // each costs both ends some milliseconds
  uint64_t subscriptions = 200'000;
  int starts = 10;
  int logins = 1'000;
  uint64_t requests_without_logins = 20'000;

  uint64_t questions = 20;  // to monitoring
  uint64_t requests_beside_questions = 4'000;

  uint64_t accounts = 10'000;

  // JetStream.
  double publish_seconds = 1.5;
  uint64_t synced_publications = 1'000;  // one at a time
  uint64_t streams = 100;
  uint64_t pulled = 300'000;
  uint64_t replayed = 1'000'000;
  uint64_t keys = 1'000'000;
  uint64_t filtered = 1'000'000;  // messages, on 1,000 subjects
  uint64_t consumers = 10'000;
  uint64_t idle_messages = 10'000'000;
  uint64_t restarted_messages = 2'000'000;
  uint64_t overwritten_keys = 100'000;
  uint64_t overwrites = 10;
};

inline constexpr Effort kFull{};

inline constexpr Effort kQuick{.warm_up_seconds = 0.05,
                               .seconds = 0.2,
                               .settle_seconds = 0.1,
                               .requests = 2'000,
                               .warm_up_requests = 200,
                               .connections = 1'000,
                               .secured_connections = 200,
                               .subscriptions = 20'000,
                               .starts = 3,
                               .logins = 40,
                               .requests_without_logins = 1'000,
                               .questions = 3,
                               .requests_beside_questions = 1'000,
                               .accounts = 200,
                               .publish_seconds = 0.1,
                               .synced_publications = 20,
                               .streams = 10,
                               .pulled = 5'000,
                               .replayed = 10'000,
                               .keys = 5'000,
                               .filtered = 10'000,
                               .consumers = 100,
                               .idle_messages = 20'000,
                               .restarted_messages = 20'000,
                               .overwritten_keys = 2'000,
                               .overwrites = 5};

}  // namespace bench
