#include "core/jetstream/jetstreams.h"

#include <string>

#include "tests/unit/monitor/monitor_bench.h"

namespace myelin {
namespace {

JetStreamAccountOptions limited_to(const JetStreamAccountLimits& limits,
                                   const std::string& tier = "") {
  JetStreamAccountOptions options;
  options.tiers.clear();
  options.tiers.emplace_back(tier, limits);
  return options;
}

AccountOptions account(const std::string& name, JetStreamAccountOptions jetstream = {}) {
  AccountOptions options{.name = name};
  options.jetstream = std::move(jetstream);
  return options;
}

// Each account has one user, of its name.
Options with(std::vector<AccountOptions> accounts) {
  Options options = MonitorBench::with_jetstream();
  for (const AccountOptions& each : accounts) {
    options.authorization.users.push_back(
        {.user = each.name, .password = "p", .account = each.name});
  }
  options.accounts = std::move(accounts);
  return options;
}

ClientId enter(MonitorBench& bench, const std::string& account) {
  const ClientId client = bench.open();
  bench.say(client, "CONNECT {\"verbose\":false,\"user\":\"" + account +
                        "\",\"pass\":\"p\"}\r\nSUB inbox 1\r\n");
  return client;
}

std::string ask(MonitorBench& bench, ClientId client, const std::string& request,
                const std::string& body = "") {
  bench.heard[client.value].clear();
  bench.say(client, "PUB $JS.API." + request + " inbox " + std::to_string(body.size()) + "\r\n" +
                        body + "\r\n");
  return bench.heard[client.value];
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("JetStreams: an account with tiers has the limits of its streams' tier") {
  JetStreamAccountOptions tiers =
      limited_to({.max_memory = 100, .max_store = 1000, .max_streams = 1}, "R1");
  const JetStreamAccountLimits of_three{.max_memory = 200, .max_store = 2000, .max_streams = 5};
  tiers.tiers.emplace_back("R3", of_three);
  MonitorBench bench(with({account("A", tiers)}));
  const ClientId client = enter(bench, "A");
  CHECK(has(ask(bench, client, "STREAM.CREATE.S", R"({"name":"S","max_bytes":600})"),
            "\"did_create\":true"));
  CHECK(has(ask(bench, client, "STREAM.CREATE.T", R"({"name":"T","max_bytes":600})"),
            "\"err_code\":10027"));
  const std::string info = ask(bench, client, "INFO");
  CHECK(has(info, R"("streams":1,"consumers":0,"limits":{"max_memory":0,)"));
  CHECK(has(info,
            R"("tiers":{"R1":{"memory":0,"storage":0,"reserved_memory":0,)"
            R"("reserved_storage":600,"streams":1,"consumers":0,"limits":{"max_memory":100,)"));
  CHECK(has(info, R"("R3":{"memory":0,"storage":0,"reserved_memory":0,"reserved_storage":0,)"
                  R"("streams":0,"consumers":0,"limits":{"max_memory":200,"max_storage":2000,)"));
}

TEST_CASE("JetStreams: where no tier is for a server alone nothing is made") {
  MonitorBench bench(with({account("A", limited_to({}, "R3"))}));
  CHECK(has(ask(bench, enter(bench, "A"), "STREAM.CREATE.S", R"({"name":"S"})"),
            "\"err_code\":10120"));
}

TEST_CASE("JetStreams: accounts are not promised more than the server has") {
  const JetStreamAccountOptions half = limited_to({.max_store = 1 << 19});
  const JetStreamAccountOptions more = limited_to({.max_store = (1 << 19) + 1});
  MonitorBench fits(with({account("A", half), account("B", half)}), false);
  CHECK(fits.server.recover(fits.now).ok());
  MonitorBench exceeds(with({account("A", half), account("B", more)}), false);
  const Result<RecoverProgress> refused = exceeds.server.recover(exceeds.now);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().context ==
        "Error enabling jetstream on configured accounts: "
        "insufficient storage resources available (10047)");
}

TEST_CASE("JetStreams: an account whose name no file can have is refused alone") {
  const std::string long_name(241, 'x');
  MonitorBench bench(with({account(long_name), account("B")}));
  CHECK(has(ask(bench, enter(bench, long_name), "INFO"), "\"err_code\":10039"));
  CHECK(has(ask(bench, enter(bench, "B"), "INFO"), "\"streams\":0"));
}

TEST_CASE("JetStreams: nothing is stored for an account until it has a stream") {
  MonitorBench bench(with({account("A"), account("B")}));
  CHECK(has(ask(bench, enter(bench, "A"), "STREAM.NAMES"), "\"total\":0"));
  CHECK(bench.storage.list("").value().empty());
  CHECK(has(ask(bench, enter(bench, "B"), "STREAM.CREATE.S", R"({"name":"S"})"), "did_create"));
  const std::vector<std::string> files = bench.storage.list("").value();
  CHECK_FALSE(files.empty());
  for (const std::string& file : files) {
    CHECK(file.compare(0, 11, "accounts/B/") == 0);
  }
}

TEST_CASE("JetStreams: the files of an account that is not configured stay") {
  MonitorBench bench(with({account("A"), account("B")}));
  for (const char* name : {"A", "B"}) {
    CHECK(has(ask(bench, enter(bench, name), "STREAM.CREATE.S", R"({"name":"S"})"), "did_create"));
  }
  const std::vector<std::string> before = bench.storage.list("").value();
  MonitorBench without(with({account("A")}), bench.storage);
  while (without.server.recover(without.now).value() == RecoverProgress::kMore) continue;
  CHECK(bench.storage.list("").value() == before);
}

TEST_CASE("Jsz: accounts are shown by name and in pages, whether anybody used them or not") {
  MonitorBench bench(with({account("C"), account("A"), account("B")}));
  CHECK(has(ask(bench, enter(bench, "B"), "STREAM.CREATE.S", R"({"name":"S"})"), "did_create"));
  const JsonDocument all = bench.json("/jsz?accounts=1&streams=1");
  const JsonView root = all.root();
  CHECK(root.find("total").as_uint() == 3u);
  CHECK(root.find("streams").as_uint() == 1u);
  CHECK(root.find("accounts").as_uint() == 3u);
  std::vector<std::string> names;
  const JsonView details = root.find("account_details");
  for (size_t at = 0; at < details.size(); ++at) {
    names.emplace_back(details.at(at).find("name").as_string().value_or(""));
  }
  CHECK(names == std::vector<std::string>{"A", "B", "C"});
  const std::string page = bench.get("/jsz?accounts=1&offset=1&limit=1").text;
  CHECK(has(page, "\"name\": \"B\""));
  CHECK_FALSE(has(page, "\"name\": \"A\""));
  CHECK_FALSE(has(page, "\"name\": \"C\""));
  const std::string one = bench.get("/jsz?acc=B&streams=1").text;
  CHECK(has(one, "\"name\": \"S\""));
  CHECK_FALSE(has(one, "\"name\": \"C\""));
}

TEST_CASE("Healthz: a stream is looked for in the account that was named") {
  MonitorBench bench(with({account("A"), account("B")}));
  CHECK(has(ask(bench, enter(bench, "B"), "STREAM.CREATE.S", R"({"name":"S"})"), "did_create"));
  CHECK(bench.get("/healthz?account=B&stream=S").status == 200);
  CHECK(bench.get("/healthz?account=A&stream=S").status == 404);
}

}  // namespace
}  // namespace myelin
