#include "core/pubsub/exchange_plan.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace myelin {
namespace {

using Imports = std::vector<ImportOptions>;
using Exports = std::vector<ExportOptions>;

AccountOptions account(std::string name, Exports exports, Imports imports = {}) {
  AccountOptions made;
  made.name = std::move(name);
  made.exports = std::move(exports);
  made.imports = std::move(imports);
  return made;
}

ExportOptions stream(std::string subject, std::vector<std::string> accounts = {}) {
  return {.subject = std::move(subject), .accounts = std::move(accounts)};
}

ExportOptions service(std::string subject, std::vector<std::string> accounts = {}) {
  return {.is_service = true, .subject = std::move(subject), .accounts = std::move(accounts)};
}

ImportOptions stream_of(std::string account, std::string subject, std::string to = "") {
  return {.account = std::move(account), .subject = std::move(subject), .to = std::move(to)};
}

ImportOptions service_of(std::string account, std::string subject, std::string to = "") {
  return {.is_service = true,
          .account = std::move(account),
          .subject = std::move(subject),
          .to = std::move(to)};
}

// All of them planned, in this order; what is wrong with them.
std::vector<std::string> faults_of(ExchangePlan& plan, const std::vector<AccountOptions>& all) {
  for (const AccountOptions& each : all) plan.set(each);
  for (const AccountOptions& each : all) plan.plan(each.name);
  std::vector<std::string> texts;
  for (const ExchangePlan::Fault& each : plan.take_faults()) {
    texts.push_back(std::string(each.account) + ": " + each.text);
  }
  return texts;
}

std::vector<std::string> faults_of(const std::vector<AccountOptions>& all) {
  ExchangePlan plan(true);
  return faults_of(plan, all);
}

// As the importer calls what it has; "": it has nothing.
std::string own_name(const std::vector<AccountOptions>& all, std::string_view importer) {
  ExchangePlan plan(true);
  faults_of(plan, all);
  const auto& imports = plan.find(importer)->imports;
  return imports.empty() ? "" : imports.front().ours;
}

}  // namespace

TEST_CASE("Exchange plan: what is exported to all may be imported, in part or whole") {
  CHECK(own_name({account("A", {stream("a.*")}), account("B", {}, {stream_of("A", "a.*")})}, "B") ==
        "a.*");
  CHECK(own_name({account("A", {stream("a.>")}), account("B", {}, {stream_of("A", "a.b")})}, "B") ==
        "a.b");
  CHECK(
      own_name({account("A", {service("a.>")}), account("B", {}, {service_of("A", "a.*", "b.*")})},
               "B") == "b.*");
}

TEST_CASE("Exchange plan: an import names what is exported, and its kind") {
  const std::string refused = "B: Error adding stream import \"b\": stream import not authorized";
  CHECK(faults_of({account("A", {}), account("B", {}, {stream_of("A", "b")})}) ==
        std::vector<std::string>{refused});
  CHECK(faults_of({account("A", {service("b")}), account("B", {}, {stream_of("A", "b")})}) ==
        std::vector<std::string>{refused});
  CHECK(faults_of({account("A", {stream("b.c")}), account("B", {}, {stream_of("A", "b")})}) ==
        std::vector<std::string>{refused});
  CHECK(faults_of({account("A", {stream("b")}), account("B", {}, {service_of("A", "b")})}) ==
        std::vector<std::string>{
            "B: Error adding service import \"b\": service import not authorized"});
  CHECK(faults_of({account("A", {service("*")}), account("B", {}, {service_of("A", ">")})}) ==
        std::vector<std::string>{
            "B: Error adding service import \">\": service import not authorized"});
}

TEST_CASE("Exchange plan: a private export is for those it names") {
  const auto faults = faults_of({account("A", {stream("s", {"B"}), service("q", {"C"})}),
                                 account("B", {}, {stream_of("A", "s"), service_of("A", "q")}),
                                 account("C", {}, {stream_of("A", "s"), service_of("A", "q")})});
  CHECK(faults == std::vector<std::string>{
                      "B: Error adding service import \"q\": service import not authorized",
                      "C: Error adding stream import \"s\": stream import not authorized"});
}

TEST_CASE("Exchange plan: of several exports the narrowest judges an import") {
  const AccountOptions open = account("A", {stream("a.>"), stream("a.b", {"C"})});
  CHECK(own_name({open, account("B", {}, {stream_of("A", "a.c")})}, "B") == "a.c");
  CHECK(own_name({open, account("B", {}, {stream_of("A", "a.b")})}, "B").empty());
  CHECK(own_name({open, account("C", {}, {stream_of("A", "a.b")})}, "C") == "a.b");
}

TEST_CASE("Exchange plan: where an account's name stands in the subject, each has its own part") {
  ExportOptions own = service("a.*.>");
  own.account_token_position = 2;
  CHECK(own_name({account("A", {own}), account("B", {}, {service_of("A", "a.B.>", "b.>")})}, "B") ==
        "b.>");
  CHECK(own_name({account("A", {own}), account("B", {}, {service_of("A", "a.C.>")})}, "B").empty());
  CHECK(own_name({account("A", {own}), account("B", {}, {service_of("A", "a.*.>")})}, "B").empty());
  own.account_token_position = 1;
  CHECK(faults_of({account("A", {own})}) ==
        std::vector<std::string>{
            "A: Error adding service export \"a.*.>\": sublist: invalid subject"});
}

TEST_CASE("Exchange plan: an activation is asked for where an export wants one") {
  ExportOptions by_token = stream("s");
  by_token.token_required = true;
  const std::vector<AccountOptions> all{account("A", {by_token}),
                                        account("B", {}, {stream_of("A", "s")}),
                                        account("C", {}, {stream_of("A", "s")})};
  ExchangePlan without(true);
  CHECK(faults_of(without, all).size() == 2);
  ExchangePlan plan(true, [](std::string_view importer, const ImportOptions& import,
                             std::string_view exporter, const ExchangePlan::Export& granted) {
    return importer == "B" && import.subject == "s" && exporter == "A" && granted.token_required;
  });
  CHECK(faults_of(plan, all) ==
        std::vector<std::string>{
            "C: Error adding stream import \"s\": stream import not authorized"});
}

TEST_CASE("Exchange plan: the same stream, or a service under the same name, is imported once") {
  CHECK(faults_of(
            {account("A", {stream("s"), service("q.*")}),
             account("B", {},
                     {stream_of("A", "s"), stream_of("A", "s", "t"), service_of("A", "q.a", "x"),
                      service_of("A", "q.b", "x"), service_of("A", "q.b", "y")})}) ==
        std::vector<std::string>{
            "B: Error adding stream import \"s\": stream import already exists",
            "B: Error adding service import \"q.b\": duplicate service import subject \"x\", "
            "previously used in import for account \"A\", subject \"q.a\""});
}

TEST_CASE("Exchange plan: a prefix has no wildcards, a name uses all of the subject's") {
  ImportOptions prefixed = stream_of("A", "a.*");
  prefixed.prefix = "*";
  const AccountOptions exporter = account("A", {stream("a.*"), service("q.*.*")});
  CHECK(faults_of({exporter, account("B", {}, {prefixed})}) ==
        std::vector<std::string>{"B: Error adding stream import \"a.*\": stream import prefix can "
                                 "not contain wildcard tokens"});
  prefixed.prefix = "p.";
  CHECK(own_name({exporter, account("B", {}, {prefixed})}, "B") == "p.a.*");
  CHECK(own_name({exporter, account("B", {}, {service_of("A", "q.*.*", "b.$1")})}, "B").empty());
  CHECK(own_name({exporter, account("B", {}, {service_of("A", "q.*.*", "$2.b.{{wildcard(1)}}")})},
                 "B") == "*.b.*");
}

TEST_CASE("Exchange plan: imports that form a circle are refused") {
  const auto cycle = [](const char* who, const char* kind) {
    return std::string(who) + ": Error adding " + kind + " import \"x\": import forms a cycle";
  };
  CHECK(faults_of({account("A", {service("x")}, {service_of("B", "x")}),
                   account("B", {service("x")}, {service_of("A", "x")})}) ==
        std::vector<std::string>{cycle("B", "service")});
  CHECK(faults_of({account("A", {stream("x")}, {stream_of("C", "x")}),
                   account("B", {stream("x")}, {stream_of("A", "x")}),
                   account("C", {stream("x")}, {stream_of("B", "x")})}) ==
        std::vector<std::string>{cycle("C", "stream")});
  // Under names that do not meet there is none.
  CHECK(faults_of({account("A", {service("x")}, {service_of("B", "y")}),
                   account("B", {service("y")}, {service_of("A", "x")})})
            .empty());
  // Nor of one's own.
  CHECK(faults_of({account("A", {service("x")}, {service_of("A", "x", "y")})}).empty());
}

TEST_CASE("Exchange plan: a circle is one no matter which account was planned last") {
  std::vector<AccountOptions> all{account("A", {service("x")}, {service_of("C", "x")}),
                                  account("B", {service("x")}, {service_of("A", "x")}),
                                  account("C", {service("x")}, {service_of("B", "x")})};
  ExchangePlan plan(true);
  CHECK(faults_of(plan, all).size() == 1);
  for (size_t last = 0; last < all.size(); ++last) {
    plan.set(all[last]);
    plan.plan(all[last].name);
    size_t held = 0;
    for (const AccountOptions& each : all) held += plan.find(each.name)->imports.size();
    CHECK(held == 2);
  }
}

TEST_CASE("Exchange plan: a chain of accounts has a length") {
  std::vector<AccountOptions> all;
  for (int index = 0; index < 1100; ++index) {
    Imports imports;
    if (index > 0) imports.push_back(service_of("A" + std::to_string(index - 1), "x"));
    all.push_back(account("A" + std::to_string(index), {service("x")}, std::move(imports)));
  }
  const std::vector<std::string> faults = faults_of(all);
  REQUIRE_FALSE(faults.empty());
  CHECK(faults.front().find("search cycle depth exhausted") != std::string::npos);
}

TEST_CASE("Exchange plan: who imports from an account is known, planned or not") {
  AccountOptions b = account("B", {}, {stream_of("A", "s"), service_of("A", "q")});
  const AccountOptions c = account("C", {}, {stream_of("A", "t"), stream_of("Z", "s")});
  ExchangePlan plan(true);
  plan.set(c);
  plan.set(b);
  CHECK(plan.importers_of("A") == std::vector<std::string>{"B", "C"});
  CHECK(plan.importers_of("Z") == std::vector<std::string>{"C"});
  b.imports.clear();
  plan.set(b);
  CHECK(plan.importers_of("A") == std::vector<std::string>{"C"});
  plan.forget("C");
  CHECK(plan.importers_of("A").empty());
  CHECK(plan.importers_of("Z").empty());
}

TEST_CASE("Exchange plan: an export that is set again is another one") {
  const AccountOptions a = account("A", {service("q")});
  ExchangePlan plan(true);
  plan.set(a);
  const uint64_t number = plan.find("A")->services.find("q")->second.number;
  plan.set(a);
  CHECK(plan.find("A")->services.find("q")->second.number != number);
}

TEST_CASE("Exchange plan: what is said of a service asks none, and is of single answers") {
  const auto tracked = [](std::string subject, ResponseType type, std::string latency) {
    ExportOptions made = service(std::move(subject));
    made.response_type = type;
    made.latency.emplace().subject = std::move(latency);
    return made;
  };
  const std::string adding = "A: Error adding service latency sampling for \"q\"";
  CHECK(faults_of({account("A", {tracked("q", ResponseType::kSingleton, "l")})}).empty());
  CHECK(faults_of({account("A", {tracked("q", ResponseType::kSingleton, "q")})}) ==
        std::vector<std::string>{adding + " on subject \"q\": invalid publish subject"});
  CHECK(faults_of({account("A", {tracked("q", ResponseType::kSingleton, "l.*")})}) ==
        std::vector<std::string>{adding + " on subject \"l.*\": invalid publish subject"});
  CHECK(faults_of({account("A", {tracked("q", ResponseType::kStream, "l")})}) ==
        std::vector<std::string>{adding + " on subject \"l\": bad service response type"});
  ExchangePlan alone(false);
  CHECK(faults_of(alone, {account("A", {tracked("q", ResponseType::kSingleton, "l")})}) ==
        std::vector<std::string>{adding + ": system account not setup"});
}

TEST_CASE("Exchange plan: what a configuration names must be there") {
  Options options;
  options.accounts = {account("A", {stream("s", {"X"}), service("q", {"Y"})}),
                      account("B", {}, {stream_of("Z", "s")})};
  CHECK(check_exchange(options) ==
        std::vector<std::string>{"\"X\" account not defined for stream export",
                                 "\"Y\" account not defined for service export",
                                 "\"Z\" account not defined for stream import"});
}

}  // namespace myelin
