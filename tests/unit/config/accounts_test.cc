#include "core/config/accounts.h"

#include <catch2/catch.hpp>

#include "core/config/config.h"

namespace myelin {
namespace {

constexpr const char* kUserKey = "UAB2LTI672CRSPT45NVAKTNPSZFVZQMAJWCQJYJQAB22XUUXW6CTKT6T";
constexpr const char* kAccountKey = "ADT3KDUGML4UCZYCBSAEGYDZBFDNFQ7IAUKUC4L4DJYWUHFR7S47GATY";

Result<Config, ConfigErrors> parse(const std::string& text) {
  return parse_config_text(text, "f.conf", ConfigSources{});
}

Options read(const std::string& text) {
  auto config = parse(text);
  INFO(text);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  const Status completed = complete(config.value());
  INFO((completed ? "" : completed.error().context));
  REQUIRE(completed);
  return config.value().options;
}

std::string errors_of(const std::string& text) {
  const auto config = parse(text);
  return config ? "" : to_string(config.error());
}

// The first one, less where it is.
std::string mistake_in(const std::string& text) {
  const auto config = parse(text);
  return config ? "" : config.error().errors[0].text;
}

std::string refusal_of(const std::string& text) {
  auto config = parse(text);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  const Status completed = complete(config.value());
  return completed ? "" : completed.error().context;
}

TEST_CASE("Accounts: their users are the server's, and know whose they are") {
  const Options options = read(
      "accounts { A { users: [{user: a, pass: b}] }, B { users: [{nkey: " + std::string(kUserKey) +
      "}] } }\n authorization { users: [{user: g}] }");
  REQUIRE(options.accounts.size() == 2);
  CHECK(options.accounts[0].name == "A");
  const auto& users = options.authorization.users;
  REQUIRE(users.size() == 3);
  CHECK(users[0].user == "a");
  CHECK(users[0].account == "A");
  CHECK(users[1].nkey == kUserKey);
  CHECK(users[1].account == "B");
  CHECK(users[2].account.empty());
}

TEST_CASE("Accounts: a list of names makes empty ones") {
  const Options options = read("accounts: [A, B]");
  REQUIRE(options.accounts.size() == 2);
  CHECK(options.accounts[1].name == "B");
  CHECK(!options.authorization.is_required());
  CHECK(mistake_in("accounts: [A, A]") == "Duplicate Account Entry: A");
  CHECK(errors_of("accounts: [$G]") != "");
  CHECK(mistake_in("accounts: ['$G']") == "\"$G\" is a Reserved Account");
  CHECK(mistake_in("accounts: A") == "expected a map for \"accounts\", got a string");
}

TEST_CASE("Accounts: some names are not theirs") {
  CHECK(mistake_in("accounts { $G {} }") == "\"$G\" is a Reserved Account");
  CHECK(errors_of("accounts { '' { users: [{user: a}] } }") != "");
  CHECK(mistake_in("accounts { A: 5 }") == "Expected map entries for accounts");
}

TEST_CASE("Accounts: a user is one account's, whichever block comes first") {
  CHECK(mistake_in("accounts { A { users: [{user: a}] }, B { users: [{user: a}] } }") ==
        "Duplicate user \"a\" detected");
  CHECK(mistake_in("accounts { A { users: [{user: a}] } }\nauthorization { users: [{user: a}] }") ==
        "Duplicate user \"a\" detected");
  CHECK(mistake_in("authorization { users: [{user: a}] }\naccounts { A { users: [{user: a}] } }") ==
        "Duplicate user \"a\" detected");
  const std::string nkey = kUserKey;
  CHECK(mistake_in("accounts { A { users: [{nkey: " + nkey + "}, {nkey: " + nkey + "}] } }") ==
        "Duplicate nkey \"" + nkey + "\" detected");
}

TEST_CASE("Accounts: with users they go with neither one user nor a token") {
  const std::string accounts = "accounts { A { users: [{user: a}] } }\n";
  CHECK(mistake_in("authorization { user: u, pass: p }\n" + accounts) ==
        "Can not have a single user/pass and accounts");
  CHECK(mistake_in("authorization { token: t }\n" + accounts) ==
        "Can not have a token and accounts");
  CHECK(mistake_in(accounts + "authorization { user: u, pass: p }") ==
        "Can not have a single user/pass and a users array");
  CHECK(mistake_in(accounts + "authorization { token: t }") ==
        "Can not have a token and a users array");
  CHECK(errors_of("accounts { A {} }\nauthorization { token: t }") == "");
}

TEST_CASE("Accounts: nkeys are checked to the letter") {
  const std::string nkey = kUserKey;
  const std::string misspelt = nkey.substr(0, 55) + "A";
  for (const std::string& wrong :
       {misspelt, nkey.substr(1), std::string("foo"), nkey + "A", std::string(kAccountKey)}) {
    CHECK(mistake_in("accounts { A { users: [{nkey: " + wrong + "}] } }") ==
          "Not a valid public nkey for a user");
  }
  CHECK(mistake_in("accounts { A { users: [{nkey: " + nkey + ", user: a}] } }") ==
        "Nkey users do not take usernames or passwords");
  CHECK(errors_of("accounts { A { nkey: " + std::string(kAccountKey) + " } }") == "");
  CHECK(mistake_in("accounts { A { nkey: " + nkey + " } }") ==
        "Not a valid public nkey for an account: \"" + nkey + "\"");
}

TEST_CASE("Accounts: default permissions are those of users without their own") {
  const Options options = read(
      "accounts { A { users: [{user: a}, {user: b, permissions: {publish: b}}]\n"
      "default_permissions: {publish: d} } }\n"
      "authorization { users: [{user: g}], default_permissions: {publish: g} }");
  const auto& users = options.authorization.users;
  CHECK(users[0].permissions->publish.allow == std::vector<std::string>{"d"});
  CHECK(users[1].permissions->publish.allow == std::vector<std::string>{"b"});
  CHECK(!users[2].permissions);
  CHECK(options.accounts[0].default_permissions);
}

TEST_CASE("Accounts: limits") {
  const AccountLimits limits =
      read("accounts { A { limits { max_conn: 1, max_subs: 2, max_pay: 1KB, max_leafs: -1 } } }")
          .accounts[0]
          .limits;
  CHECK(limits.max_connections == 1);
  CHECK(limits.max_subscriptions == 2);
  CHECK(limits.max_payload == 1024);
  CHECK(limits.max_leafnodes == -1);
  CHECK(mistake_in("accounts { A { limits { max_conn: 1, max_cons: 2 } } }") ==
        "unknown field \"max_cons\"");
  CHECK(errors_of("accounts { A { limits { max_conn: '1' } } }") != "");
  CHECK(errors_of("accounts { A { limits { max_conn: -2 } } }") != "");
  CHECK(errors_of("accounts { A { limits { max_conn: 5000000000 } } }") != "");
  CHECK(errors_of("accounts { A { limits: 4 } }") != "");
}

TEST_CASE("Accounts: what they may have of JetStream") {
  CHECK(!read("accounts { A {} }").accounts[0].jetstream);
  CHECK(!read("accounts { A { jetstream: false } }").accounts[0].jetstream);
  CHECK(!read("accounts { A { jetstream: disabled } }").accounts[0].jetstream);
  CHECK(read("accounts { A { jetstream: true } }").accounts[0].jetstream ==
        JetStreamAccountOptions{});
  const auto options = read(
      "accounts { A { jetstream { mem: 1K, max_disk: 2, streams: 3, max_consumers: 4\n"
      "max_ack_pending: 5, mem_max_stream_bytes: 6, disk_max_stream_bytes: 7, max_bytes: true\n"
      "cluster_traffic: owner } } }");
  REQUIRE(options.accounts[0].jetstream);
  const JetStreamAccountLimits wanted{1000, 2, 3, 4, 5, 6, 7, true};
  CHECK(options.accounts[0].jetstream->tiers[0].second == wanted);
  CHECK(mistake_in("accounts { A { jetstream: on_demand } }") ==
        "Expected 'enabled' or 'disabled' for string value, got 'on_demand'");
  CHECK(errors_of("accounts { A { jetstream: 7 } }") != "");
  CHECK(mistake_in("accounts { A { jetstream { max_mem: '1G' } } }") ==
        "Expected a parseable size for \"max_mem\", got 1G");
  CHECK(errors_of("accounts { A { jetstream { cluster_traffic: mine } } }") != "");
}

TEST_CASE("Accounts: traces go to a subject, or of some messages only") {
  CHECK(read("accounts { A { msg_trace: t.a } }").accounts[0].message_trace ==
        MessageTraceOptions{"t.a", 100});
  CHECK(
      read("accounts { A { trace_dest { dest: t, sampling: '5%' } } }").accounts[0].message_trace ==
      MessageTraceOptions{"t", 5});
  CHECK(mistake_in("accounts { A { msg_trace: 't.*' } }") ==
        "Trace destination \"t.*\" is not valid");
  for (const char* wrong : {"0", "101", "'x'", "-5", "true"}) {
    CHECK(errors_of("accounts { A { msg_trace { dest: t, sampling: " + std::string(wrong) +
                    " } } }") != "");
  }
  const auto config = parse("accounts { A { msg_trace { sampling: 5 } } }");
  REQUIRE(config);
  CHECK(config.value().warnings.size() == 1);
}

TEST_CASE("Accounts: their partners have to be there") {
  CHECK(mistake_in("accounts { A { exports: [{stream: a, accounts: [B]}] } }") ==
        "\"B\" account not defined for stream export");
  CHECK(mistake_in("accounts { A { imports: [{service: {account: C, subject: a}}] } }") ==
        "\"C\" account not defined for service import");
}

TEST_CASE("Accounts: whether they can share is asked of who knows") {
  ConfigSources sources;
  sources.check_accounts = [](const Options& options) -> std::optional<std::string> {
    if (options.accounts.empty()) return std::nullopt;
    return "no " + options.accounts[0].name;
  };
  const auto config = parse_config_text("\naccounts { A {} }", "f.conf", sources);
  REQUIRE(!config);
  CHECK(to_string(config.error()) == "f.conf:2:1: no A\n");
}

TEST_CASE("Accounts: one of them may be the system's") {
  CHECK(read("").system_account == "$SYS");
  CHECK(read("no_system_account: true").system_account.empty());
  CHECK(read("no_sys_acc: false").system_account == "$SYS");
  CHECK(read("accounts { $SYS {} }\nno_system: true").system_account == "$SYS");
  CHECK(read("accounts { S {} }\nsystem: S\nno_system_account: true").system_account == "S");
  CHECK(refusal_of("system_account: S") == "error resolving system account: account missing");
  CHECK(errors_of("no_system_account: yes_please") != "");
}

TEST_CASE("Accounts: if only the system's has users, the global one stays open") {
  const std::string system = "accounts { S { users: [{user: s, pass: s}] } }\nsystem_account: S\n";
  CHECK(read(system).authorization.opens_global_account);
  CHECK(read(system).authorization.is_required());
  CHECK(read("accounts { $SYS { users: [{user: s}] } }").authorization.opens_global_account);
  CHECK(!read(system + "authorization {}").authorization.opens_global_account);
  CHECK(!read(system + "no_auth_user: s").authorization.opens_global_account);
  CHECK(!read("accounts { S { users: [{user: s}] } }").authorization.opens_global_account);
  CHECK(!read("accounts { S {}, A {} }\nsystem_account: S").authorization.opens_global_account);
  CHECK(!read("").authorization.opens_global_account);
}

TEST_CASE("Accounts: who stands in for the nameless may be of any") {
  const std::string accounts =
      "accounts { A { users: [{user: a}, {nkey: " + std::string(kUserKey) + "}] } }\n";
  CHECK(read(accounts + "no_auth_user: a").authorization.no_auth_user == "a");
  CHECK(read(accounts + "no_auth_user: " + kUserKey).authorization.no_auth_user == kUserKey);
  CHECK(refusal_of(accounts + "no_auth_user: b") ==
        "no_auth_user: \"b\" not present as user or nkey in authorization block or account "
        "configuration");
  CHECK(refusal_of("no_auth_user: b") ==
        "no_auth_user: \"b\" present, but users/nkeys are not defined");
}

TEST_CASE("Proxies: who is trusted has a key") {
  const std::string nkey = kUserKey;
  CHECK(read("proxies { trusted: [{key: " + nkey + "}, {public_key: " + kAccountKey + "}] }")
            .trusted_proxies == std::vector<std::string>{nkey, kAccountKey});
  CHECK(mistake_in("proxies { trusted: [{key: x}] }") == "invalid proxy key \"x\"");
  CHECK(mistake_in("proxies { trusted: [{}] }") == "proxy trusted key \"\" is invalid");
  CHECK(errors_of("proxies { trusted: x }") != "");
  CHECK(mistake_in("proxies { trust: [] }") == "unknown field \"trust\"");
  CHECK(errors_of("proxies: true") != "");
}

}  // namespace
}  // namespace myelin
