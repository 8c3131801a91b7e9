#include "core/config/reload.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

Config config_of(const std::string& text) {
  auto config = parse_config_text(text, "f.conf", ConfigSources{});
  INFO(text);
  REQUIRE(config);
  REQUIRE(complete(config.value()));
  return std::move(config.value());
}

std::string changes(const std::string& before, const std::string& after) {
  const auto lines = reload_changes(running(config_of("port: 4222\n" + before)),
                                    config_of("port: 4222\n" + after));
  if (!lines) return "error: " + lines.error().context;
  std::string text;
  for (const std::string& line : lines.value()) text += line + "\n";
  return text;
}

TEST_CASE("Reload: nothing changed, nothing to say") {
  CHECK(changes("debug: true", "debug: true") == "");
}

TEST_CASE("Reload: what changes is told in nats-server's words") {
  CHECK(changes("", "debug: true") == "Reloaded: debug = true\n");
  CHECK(changes("", "max_payload: 5k") == "Reloaded: max_payload = 5000\n");
  CHECK(changes("", "ping_interval: '90s'") == "Reloaded: ping_interval = 1m30s\n");
  CHECK(changes("", "max_connections: 0") == "Reloaded: max_connections = -1\n");
  CHECK(changes("pid_file: a", "pid_file: b") == "Reloaded: pid_file = b\n");
  CHECK(changes("", "no_fast_producer_stall: true") ==
        "Reloaded: fast producers will not be stalled\n");
  CHECK(changes("", "client_advertise: 'a:1'") == "Reload: client_advertise = a:1\n");
  CHECK(changes("", "mappings {a: b}") == "Reloaded: accounts\n");
}

TEST_CASE("Reload: secrets are named, not shown") {
  CHECK(changes("authorization {user: a, pass: b}", "authorization {user: a, pass: c}") ==
        "Reloaded: authorization password\n");
  CHECK(changes("authorization {token: a}", "authorization {token: b, timeout: 0.5}") ==
        "Reloaded: authorization token\nReloaded: authorization timeout = 0.5\n");
  CHECK(changes("authorization {users: [{user: a}]}", "authorization {users: [{user: b}]}") ==
        "Reloaded: authorization users\n");
}

TEST_CASE("Reload: what cannot change refuses all of it") {
  CHECK(changes("", "port: 5222\ndebug: true") ==
        "error: config reload not supported for Port: old=4222, new=5222");
  CHECK(changes("", "max_pending: 128mb") ==
        "error: config reload not supported for MaxPending: old=67108864, new=134217728");
  CHECK(changes("", "server_name: x") ==
        "error: config reload not supported for ServerName: old=, new=x");
  CHECK(changes("", "lame_duck_duration: '1m'") ==
        "error: config reload not supported for LameDuckDuration: old=2m0s, new=1m0s");
  CHECK(changes("no_header_support: true", "") ==
        "error: config reload not supported for NoHeaderSupport: old=true, new=false");
}

TEST_CASE("Reload: any port is the port there is") { CHECK(changes("", "port: -1") == ""); }

TEST_CASE("Reload: no_auth_user goes only with its user") {
  const std::string user = "authorization {users: [{user: a}]}";
  const std::string other = "authorization {users: [{user: b}]}";
  CHECK(changes(user + "\nno_auth_user: a", user) ==
        "error: config reload not supported for NoAuthUser: old=a, new=");
  CHECK(changes(user, user + "\nno_auth_user: a") ==
        "error: config reload not supported for NoAuthUser: old=, new=a");
  CHECK(changes(user + "\nno_auth_user: a", other) == "Reloaded: authorization users\n");
}

TEST_CASE("Reload: accounts may come, go and change") {
  CHECK(changes("", "accounts {A {}}") == "Reloaded: accounts\n");
  CHECK(changes("accounts {A {users: [{user: a}]}}", "accounts {A {}, B {users: [{user: a}]}}") ==
        "Reloaded: authorization users\nReloaded: accounts\n");
  CHECK(changes("accounts {A {limits {max_subs: 5}}}", "accounts {A {limits {max_subs: 6}}}") ==
        "Reloaded: accounts\n");
  const std::string nkey = "UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T";
  CHECK(changes("", "authorization {users: [{nkey: " + nkey + "}]}") ==
        "Reloaded: authorization nkey users\n");
}

TEST_CASE("Reload: the system account stays the one it is") {
  const std::string accounts = "accounts {S {}, T {}}\n";
  CHECK(changes(accounts + "system_account: S", accounts + "system_account: T") ==
        "error: config reload not supported for SystemAccount: old=S, new=T");
  CHECK(changes(accounts + "system_account: S", accounts) ==
        "error: config reload not supported for SystemAccount: old=S, new=");
  CHECK(changes("", "no_system_account: true") ==
        "error: config reload not supported for NoSystemAccount: old=false, new=true");
  CHECK(changes("", "accounts {$SYS {}}") == "Reloaded: accounts\n");
}

TEST_CASE("Reload: who is asked about clients stays") {
  const std::string callout =
      "authorization {users: [{user: a}], auth_callout {auth_users: [a], issuer: "
      "ADT3KDUGML4UCZYCBSAEGYDZBFDNFQ7IAUKUC4L4DJYWUHFR7S47GATY}}";
  CHECK(changes("authorization {users: [{user: a}]}", callout) ==
        "error: config reload not supported for AuthCallout: old=<nil>, "
        "new=&{ADT3KDUGML4UCZYCBSAEGYDZBFDNFQ7IAUKUC4L4DJYWUHFR7S47GATY $G [a]  []}");
  CHECK(changes(callout, callout) == "");
}

TEST_CASE("Reload: trusted proxies come and go") {
  const std::string one = "UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T";
  const std::string other = "ADT3KDUGML4UCZYCBSAEGYDZBFDNFQ7IAUKUC4L4DJYWUHFR7S47GATY";
  CHECK(changes("proxies {trusted: [{key: " + one + "}]}",
                "proxies {trusted: [{key: " + other + "}]}") ==
        "Reloaded: proxies trusted keys [\"" + one + "\"] were removed\n" +
            "Reloaded: proxies trusted keys [\"" + other + "\"] were added\n");
  CHECK(changes("authorization {user: a, pass: b}",
                "authorization {user: a, pass: b, proxy_required: true}") ==
        "error: config reload not supported for ProxyRequired: old=false, new=true");
}

TEST_CASE("Reload: JetStream's limits may grow, from one that was set to another") {
  CHECK(changes("jetstream {max_mem: 1G}", "jetstream {max_mem: '2G'}") ==
        "Reloaded: JetStream max_mem_store = 2.00 GB\n");
  CHECK(changes("jetstream {max_file: '2G'}", "jetstream {max_file: '1G'}") ==
        "error: config reload not supported for decreasing jetstream max memory and store");
  CHECK(changes("jetstream {}", "jetstream {max_file: '1G'}") ==
        "error: config reload not supported for jetstream dynamic max memory and store");
  CHECK(changes("jetstream {max_file: '1G'}", "jetstream {}") ==
        "error: config reload not supported for jetstream max memory and max store");
}

TEST_CASE("Reload: what else is JetStream's stays as it is") {
  CHECK(changes("", "jetstream: true") ==
        "error: config reload not supported for JetStream: old=false, new=true");
  CHECK(changes("jetstream {store_dir: a}", "jetstream {store_dir: b}") ==
        "error: config reload not supported for jetstream storage directory");
  CHECK(changes("jetstream {}", "jetstream {sync: '2m'}") ==
        "error: config reload not supported for SyncAlways: old=true, new=false");
  CHECK(changes("jetstream {}", "jetstream {strict: false}") ==
        "error: config reload not supported for NoJetStreamStrict: old=false, new=true");
  CHECK(changes("jetstream {}", "jetstream {limits {max_ack_pending: 1}}") ==
        "error: config reload not supported for JetStreamLimits");
}

}  // namespace
}  // namespace myelin
