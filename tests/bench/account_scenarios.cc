#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/clock.h"
#include "tests/bench/configuration_file.h"
#include "tests/bench/held_connections.h"
#include "tests/bench/identities.h"
#include "tests/bench/load.h"
#include "tests/bench/scenario.h"
#include "tests/bench/service_load.h"
#include "tests/bench/statistics.h"

namespace bench {
namespace {

constexpr size_t kPatterns = 100;

const Credentials kFree{.user = "free", .password = "pw"};
const Credentials kBound{.user = "bound", .password = "pw"};

// The load's subjects are allowed by the last of so many patterns, and denied by none.
std::string permission_configuration() {
  std::string allow;
  std::string deny;
  for (size_t i = 1; i < kPatterns; ++i) {
    allow += R"("orders.)" + std::to_string(i) + R"(.>", )";
    deny += R"("orders.*.private.)" + std::to_string(i) + R"(", )";
  }
  return R"(authorization { users: [
    { user: "free", password: "pw" }
    { user: "bound", password: "pw", permissions: { publish: {
      allow: [)" +
         allow + R"("load.*"], deny: [)" + deny + R"("load.secret"] } } } ] })";
}

// CPU per publish with permissions as a multiple of that without, and both. Without comes half
// before and half after.
std::vector<double> publish_bound(ServerProcess& server, size_t subjects, const Effort& effort) {
  Load load{.delivery = Delivery::kNone, .receivers = 0, .subjects = subjects};
  const auto cpu_of = [&](const Credentials& publisher) {
    load.publisher = publisher;
    return run_load(server, server.port(), load, effort).front();
  };
  const double before = cpu_of(kFree);
  const double with = cpu_of(kBound);
  const double without = (before + cpu_of(kFree)) / 2;
  return {with / without, with, without};
}

Scenario permissions(const std::string& id, const std::string& what, size_t subjects) {
  const std::string title = "publish, 100 patterns allowed, 100 denied, " + what + ", 16 B: CPU";
  return {.id = id,
          .rows = {{title + " with / without", Unit::kTimes, {Goal::Kind::kValue, 1.5}},
                   {title + " with", Unit::kNanoseconds, {}, true},
                   {title + " without", Unit::kNanoseconds, {}, true}},
          .measure = [subjects](const std::string& path, const Effort& effort) {
            const ConfigurationFile configuration(permission_configuration());
            return measure_on_server(
                path, {"-c", configuration.path()},
                [&](ServerProcess& server) { return publish_bound(server, subjects, effort); });
          }};
}

std::string accounts_configuration(uint64_t count) {
  std::string text = "accounts {\n";
  for (uint64_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    text += "TENANT" + number + ": { users: [{ user: u" + number + ", password: pw }] }\n";
  }
  return text + "}\n";
}

// Time to the first INFO, and memory for each account beyond what a server without any takes.
std::vector<double> start_with_accounts(const std::string& path, const Effort& effort) {
  const ConfigurationFile many(accounts_configuration(effort.accounts));
  const ConfigurationFile one(accounts_configuration(1));
  std::vector<double> milliseconds;
  for (int i = 0; i < effort.starts; ++i) {
    const ServerProcess server(path, {"-c", many.path()});
    milliseconds.push_back(static_cast<double>(server.first_info_ns()) / 1e6);
  }
  const auto memory_with = [&](const ConfigurationFile& configuration) {
    const ServerProcess server(path, {"-c", configuration.path()});
    sleep_seconds(effort.settle_seconds);
    return static_cast<double>(server.memory().anonymous);
  };
  const double growth = memory_with(many) - memory_with(one);
  return {median(milliseconds), std::max(growth, 0.0) / static_cast<double>(effort.accounts)};
}

Scenario accounts() {
  return {.id = "accounts_10000",
          .rows = {{"start with 10,000 accounts of a user each: first INFO",
                    Unit::kMilliseconds,
                    {Goal::Kind::kValue, 1000}},
                   {"memory per idle account, its user included",
                    Unit::kBytes,
                    {Goal::Kind::kValue, 2000}}},
          .measure = start_with_accounts};
}

constexpr char kServiceConfiguration[] = R"(accounts {
  SHOP: {
    users: [{ user: shop, password: pw }]
    exports: [{ service: "quotes.*" }]
  }
  CUSTOMER: {
    users: [{ user: customer, password: pw }]
    imports: [{ service: { account: SHOP, subject: "quotes.eu" } }]
  }
})";

// CPU per request whose service is another account's, and of the same account's.
std::vector<double> ask_services(ServerProcess& server, const Effort& effort) {
  const Credentials shop{.user = "shop", .password = "pw"};
  const Credentials customer{.user = "customer", .password = "pw"};
  ServiceLoad within(server.port(), shop, shop, "quotes.eu");
  ServiceLoad across(server.port(), customer, shop, "quotes.eu");
  const double before = within.cpu_per_request(server, effort);
  const double imported = across.cpu_per_request(server, effort);
  const double own = (before + within.cpu_per_request(server, effort)) / 2;
  return {imported, own, imported / own};
}

Scenario services() {
  const std::string title = "requests to a service, 128 at a time: CPU per request";
  return {.id = "service_import",
          .rows = {{title + ", another account's", Unit::kNanoseconds, {Goal::Kind::kRatio, 0.35}},
                   {title + ", of the same account", Unit::kNanoseconds, {}, true},
                   {title + ", the one / the other", Unit::kTimes, {}, true}},
          .measure = [](const std::string& path, const Effort& effort) {
            const ConfigurationFile configuration(kServiceConfiguration);
            return measure_on_server(
                path, {"-c", configuration.path()},
                [&](ServerProcess& server) { return ask_services(server, effort); });
          }};
}

// CPU per log-in, subscribing and a PING included. The keys' holders take their own time.
std::vector<double> log_in(const std::string& path, const std::string& text,
                           const std::vector<Identity>& users) {
  const ConfigurationFile configuration(text);
  return measure_on_server(path, {"-c", configuration.path()}, [&](ServerProcess& server) {
    const uint64_t before = server.cpu_ns();
    const auto greet = [&](uint64_t number, std::string_view info) {
      return connect_line(users[number], info);
    };
    const std::vector<Link> links = hold_connections(server.port(), users.size(), greet);
    const auto cpu_ns = static_cast<double>(server.cpu_ns() - before);
    return std::vector<double>{cpu_ns / 1000 / static_cast<double>(users.size())};
  });
}

Scenario jwt_logins() {
  return {.id = "logins_jwt",
          .rows = {{"10,000 users with JWTs log in: CPU per log-in",
                    Unit::kMicroseconds,
                    {Goal::Kind::kRatio, 1.0}}},
          .measure = [](const std::string& path, const Effort& effort) {
            return log_in(path, operator_configuration(), jwt_users(effort.connections));
          }};
}

Scenario nkey_logins() {
  return {.id = "logins_nkey",
          .rows = {{"10,000 users with nkeys log in: CPU per log-in",
                    Unit::kMicroseconds,
                    {Goal::Kind::kRatio, 1.0}}},
          .measure = [](const std::string& path, const Effort& effort) {
            const std::vector<Identity> users = nkey_users(effort.connections);
            return log_in(path, nkey_configuration(users), users);
          }};
}

}  // namespace

std::vector<Scenario> account_scenarios() {
  return {permissions("permissions_1", "1 subject", 1),
          permissions("permissions_1000", "1,000 subjects", 1000),
          accounts(),
          services(),
          jwt_logins(),
          nkey_logins()};
}

}  // namespace bench
