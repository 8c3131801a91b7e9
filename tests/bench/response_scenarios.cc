#include <string>
#include <string_view>

#include "tests/bench/clock.h"
#include "tests/bench/configuration_file.h"
#include "tests/bench/failure.h"
#include "tests/bench/login_storm.h"
#include "tests/bench/requester.h"
#include "tests/bench/scenario.h"
#include "tests/bench/statistics.h"

namespace bench {
namespace {

constexpr double kNsPerUs = 1000;

// The cost is 8, some 10 ms for each log-in: a server that hashes on its loop shows at once.
constexpr std::string_view kLoginConfiguration = R"(
authorization {
  timeout: 60
  users: [
    { user: "probe", password: "a plain password" }
    { user: "guest", password: "$2a$08$N1rQ7gkPzLwYb3Fh5uJdXecBFFWCEChxKA1D/38n79L8LCznH4mce" }
  ]
}
)";
const Credentials kProbe{.user = "probe", .password = "a plain password"};
const Credentials kGuest{.user = "guest", .password = "wave upon wave"};

// p50, p99 and server time per request.
std::vector<double> request_one_by_one(ServerProcess& server, const Effort& effort) {
  Requester requester(server.port());
  requester.request_many(effort.warm_up_requests);
  const uint64_t cpu_before = server.cpu_ns();
  std::vector<uint32_t> latencies = requester.request_many(effort.requests);
  const double cpu_ns = static_cast<double>(server.cpu_ns() - cpu_before);
  return {percentile(latencies, 0.5) / kNsPerUs, percentile(latencies, 0.99) / kNsPerUs,
          cpu_ns / kNsPerUs / static_cast<double>(effort.requests)};
}

// A server that lets anybody in would shine in this scenario.
void expect_refusal(uint16_t port) {
  bool is_refused = false;
  try {
    Client(port, Inbound::kSmall, {.user = kGuest.user, .password = "not the password"});
  } catch (const Failure& failure) {
    is_refused =
        std::string_view(failure.what()).find("Authorization Violation") != std::string_view::npos;
  }
  if (!is_refused) throw Failure("a wrong password was not refused as it should be");
}

// p99 beside log-ins as a multiple of p99 without, both, and how many log-ins and requests there
// were. The requests without come half before and half after, so that a machine that grows busier
// meanwhile is not taken for the log-ins' effect.
std::vector<double> request_beside_logins(ServerProcess& server, const Effort& effort) {
  expect_refusal(server.port());
  Requester requester(server.port(), kProbe);
  requester.request_many(effort.warm_up_requests);
  std::vector<uint32_t> alone = requester.request_many(effort.requests_without_logins / 2);

  const uint64_t began = wall_ns();
  LoginStorm storm(server.port(), kGuest, effort.logins);
  std::vector<uint32_t> beside;
  while (!storm.is_over()) beside.push_back(requester.request());
  storm.finish();
  const double seconds = static_cast<double>(wall_ns() - began) / 1e9;

  for (const uint32_t latency : requester.request_many(effort.requests_without_logins / 2)) {
    alone.push_back(latency);
  }
  const double alone_us = percentile(alone, 0.99) / kNsPerUs;
  const double beside_us = percentile(beside, 0.99) / kNsPerUs;
  return {beside_us / alone_us, alone_us, beside_us, effort.logins / seconds,
          static_cast<double>(beside.size())};
}

Scenario request_reply() {
  const std::string title = "request-reply, one at a time";
  return {.id = "request_reply",
          .rows = {{title + ": p50", Unit::kMicroseconds, {Goal::Kind::kRatio, 0.8}},
                   {title + ": p99", Unit::kMicroseconds, {Goal::Kind::kRatio, 0.8}},
                   {title + ": CPU per request", Unit::kMicroseconds, {Goal::Kind::kRatio, 0.5}}},
          .measure = [](const std::string& path, const Effort& effort) {
            return measure_on_server(path, {}, [&](ServerProcess& server) {
              return request_one_by_one(server, effort);
            });
          }};
}

Scenario logins() {
  const std::string title = "request-reply beside 1,000 bcrypt log-ins";
  return {.id = "bcrypt_logins",
          .rows = {{title + ": p99 with / without", Unit::kTimes, {Goal::Kind::kValue, 2.0}},
                   {title + ": p99 without", Unit::kMicroseconds, {}, true},
                   {title + ": p99 with", Unit::kMicroseconds, {}, true},
                   {title + ": log-ins per second", Unit::kCount, {}, true},
                   {title + ": requests meanwhile", Unit::kCount, {}, true}},
          .measure = [](const std::string& path, const Effort& effort) {
            const ConfigurationFile configuration(kLoginConfiguration);
            return measure_on_server(
                path, {"-c", configuration.path()},
                [&](ServerProcess& server) { return request_beside_logins(server, effort); });
          }};
}

}  // namespace

std::vector<Scenario> response_scenarios() { return {request_reply(), logins()}; }

}  // namespace bench
