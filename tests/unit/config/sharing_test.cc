#include "core/config/sharing.h"

#include <catch2/catch.hpp>

#include "core/config/config.h"

namespace myelin {
namespace {

Result<Config, ConfigErrors> parse(const std::string& block) {
  return parse_config_text("accounts { B {}\nA " + block + " }", "f.conf", ConfigSources{});
}

AccountOptions read(const std::string& block) {
  const auto config = parse(block);
  INFO(block);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  return config.value().options.accounts[1];
}

ExportOptions export_of(const std::string& entry) {
  const AccountOptions account = read("{ exports: [" + entry + "] }");
  REQUIRE(account.exports.size() == 1);
  return account.exports[0];
}

ImportOptions import_of(const std::string& entry) {
  const AccountOptions account = read("{ imports: [" + entry + "] }");
  REQUIRE(account.imports.size() == 1);
  return account.imports[0];
}

// Less where.
std::string mistake_in(const std::string& block) {
  const auto config = parse(block);
  if (config) return "";
  return config.error().errors[0].text;
}
std::string export_mistake(const std::string& entry) {
  return mistake_in("{ exports: [" + entry + "] }");
}
std::string import_mistake(const std::string& entry) {
  return mistake_in("{ imports: [" + entry + "] }");
}

TEST_CASE("Exports: a stream, to everybody or to some") {
  CHECK(export_of("{stream: 'a.>'}") == ExportOptions{.subject = "a.>"});
  CHECK(export_of("{accounts: [B, A], stream: a}").accounts == std::vector<std::string>{"B", "A"});
  CHECK(export_of("{stream: 'a.*', account_token_position: 2}").account_token_position == 2);
}

TEST_CASE("Exports: a service, and how it answers") {
  ExportOptions wanted{.is_service = true, .subject = "s"};
  CHECK(export_of("{service: s}") == wanted);
  CHECK(export_of("{service: s, response: SingleTon}") == wanted);
  wanted.response_type = ResponseType::kStream;
  CHECK(export_of("{response_type: stream, service: s}") == wanted);
  wanted.response_type = ResponseType::kChunked;
  wanted.response_threshold = seconds(5);
  wanted.allow_trace = true;
  CHECK(export_of("{service: s, response: chunked, threshold: '5s', allow_trace: true}") == wanted);
  CHECK(export_of("{service: s, response_time: '0s'}").response_threshold == minutes(2));
}

TEST_CASE("Exports: how long a service took is told") {
  CHECK(export_of("{service: s, latency: l}").latency == LatencyOptions{"l", 100});
  CHECK(export_of("{service: s, latency: {sampling: 5, subject: l}}").latency ==
        LatencyOptions{"l", 5});
  CHECK(export_of("{service: s, latency: {sampling: '7%', subject: l}}").latency ==
        LatencyOptions{"l", 7});
  CHECK(export_of("{service: s, latency: {sampling: Headers, subject: l}}").latency ==
        LatencyOptions{"l", 0});
  for (const char* wrong : {"0", "101", "-1", "'0%'"}) {
    CHECK(export_mistake("{service: s, latency: {subject: l, sampling: " + std::string(wrong) +
                         "}}") == "bad sampling percentage, should be 1-100");
  }
  CHECK(export_mistake("{service: s, latency: {subject: l, sampling: x}}") ==
        "Failed to parse latency sample: \"x\"");
  CHECK(export_mistake("{service: s, latency: {sampling: 5}}") ==
        "Latency subject required, but missing");
  CHECK(export_mistake("{service: s, latency: {samples: 5, subject: l}}") ==
        "unknown field \"samples\"");
  CHECK(export_mistake("{service: s, latency: 5}") ==
        "Expected latency entry to be a map or a string, got an integer");
}

TEST_CASE("Exports: what only services have") {
  CHECK(export_mistake("{stream: a, response: single}") ==
        "Detected response directive on non-service");
  CHECK(export_mistake("{threshold: '1s', stream: a}") ==
        "Detected response directive on non-service");
  CHECK(export_mistake("{stream: a, latency: l}") == "Detected latency directive on non-service");
  CHECK(export_mistake("{stream: a, allow_trace: true}") ==
        "Detected allow_trace directive on non-service");
}

TEST_CASE("Exports: misshapen ones") {
  CHECK(export_mistake("{stream: a, service: b}") ==
        "Detected service \"b\" but already saw a stream");
  CHECK(export_mistake("{service: a, stream: b}") ==
        "Detected stream \"b\" but already saw a service");
  CHECK(export_mistake("{service: a, response: b}") == "Unknown response type: \"b\"");
  CHECK(export_mistake("{service: a, response: single, response_type: single}") ==
        "Duplicate response type definition");
  CHECK(export_mistake("{service: a, threshold: '1s', response_time: '1s'}") ==
        "Duplicate response threshold detected");
  CHECK(export_mistake("{service: a, threshold: 5}") != "");
  CHECK(export_mistake("{service: a, threshold: '-5s'}") != "");
  CHECK(export_mistake("{}") == "Export Items should be a map with type entry, got a map");
  CHECK(export_mistake("a") == "Export Items should be a map with type entry, got a string");
  CHECK(export_mistake("{steam: a}") == "unknown field \"steam\"");
  CHECK(export_mistake("{stream: a, accounts: B}") != "");
  CHECK(mistake_in("{ exports: {stream: a} }") == "Exports should be an array, got a map");
}

TEST_CASE("Imports: a stream, under another name") {
  CHECK(import_of("{stream: {account: B, subject: 'a.>'}}") ==
        ImportOptions{.account = "B", .subject = "a.>"});
  CHECK(import_of("{prefix: p, stream: {account: B, subject: a}}").prefix == "p");
  CHECK(import_of("{stream: {account: B, subject: 'a.*'}, to: 'b.$1', allow_trace: true}") ==
        ImportOptions{.account = "B", .subject = "a.*", .to = "b.$1", .allow_trace = true});
  CHECK(import_mistake("{stream: {account: B, subject: a}, prefix: p, to: q}") ==
        "Stream import can not have a 'prefix' and a 'to' property");
  CHECK(import_mistake("{to: q, prefix: p, stream: {account: B, subject: a}}") ==
        "Stream import can not have a 'prefix' and a 'to' property");
}

TEST_CASE("Imports: a service") {
  CHECK(
      import_of("{service: {account: B, subject: s}, to: t, share: true}") ==
      ImportOptions{.is_service = true, .account = "B", .subject = "s", .to = "t", .share = true});
  CHECK(import_mistake("{service: {account: B, subject: s}, allow_trace: true}") ==
        "Detected allow_trace directive on a non-stream");
  const std::string one = "{service: {account: B, subject: s}, to: t}, ";
  CHECK(import_mistake(one + "{service: {account: B, subject: t}}") ==
        "Duplicate service import subject \"t\", previously used in import for account \"B\", "
        "subject \"s\"");
  CHECK(read("{ imports: [" + one + "{service: {account: A, subject: t}}] }").imports.size() == 2);
}

TEST_CASE("Imports: misshapen ones") {
  CHECK(import_mistake("{stream: a}") == "Stream entry should be an account map, got a string");
  CHECK(import_mistake("{service: [a]}") == "Service entry should be an account map, got an array");
  CHECK(import_mistake("{stream: {account: B}}") == "Expect an account name and a subject");
  CHECK(import_mistake("{stream: {subject: a}}") == "Expect an account name and a subject");
  CHECK(import_mistake("{stream: {account: B, subjects: a}}") == "unknown field \"subjects\"");
  CHECK(import_mistake("{service: {account: B, subject: a}, stream: {account: B, subject: a}}") ==
        "Detected stream but already saw a service");
  CHECK(import_mistake("{stream: {account: B, subject: a}, service: {account: B, subject: a}}") ==
        "Detected service but already saw a stream");
  CHECK(import_mistake("{}") == "Import Items should be a map with type entry, got a map");
  CHECK(mistake_in("{ imports: a }") == "Imports should be an array, got a string");
}

}  // namespace
}  // namespace myelin
