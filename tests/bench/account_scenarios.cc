#include <string>
#include <vector>

#include "tests/bench/configuration_file.h"
#include "tests/bench/load.h"
#include "tests/bench/scenario.h"

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

}  // namespace

std::vector<Scenario> account_scenarios() {
  return {permissions("permissions_1", "1 subject", 1),
          permissions("permissions_1000", "1,000 subjects", 1000)};
}

}  // namespace bench
