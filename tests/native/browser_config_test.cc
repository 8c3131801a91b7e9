#include "hosts/browser/browser_config.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

std::string refusal_of(std::string_view text) {
  const auto read = read_browser_config(text);
  return read.ok() ? "" : read.error();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("BrowserConfig: nothing said is a server for a tab, without JetStream") {
  for (const std::string_view text : {"", " \n\t"}) {
    const auto config = read_browser_config(text);
    REQUIRE(config.ok());
    CHECK(config.value().options.max_connections == 1024);
    CHECK(config.value().options.max_pending == 8 * 1024 * 1024);
    CHECK_FALSE(config.value().options.jetstream);
    CHECK(config.value().warnings.empty());
    CHECK(config.value().notices.empty());
  }
}

TEST_CASE("BrowserConfig: what is said counts, also where it is the daemon's default") {
  const auto config = read_browser_config("max_pending: 64MB, max_connections: 65536");
  REQUIRE(config.ok());
  CHECK(config.value().options.max_pending == 64 * 1024 * 1024);
  CHECK(config.value().options.max_connections == 65536);
  const auto zero = read_browser_config("max_pending: 0");
  CHECK(zero.value().options.max_pending == 8 * 1024 * 1024);
}

TEST_CASE("BrowserConfig: every mistake is told with its place, one per line") {
  const std::string text = refusal_of("max_payload: lots\nnonsense: 1\n");
  CHECK(contains(text, "config:1:"));
  CHECK(contains(text, "\nconfig:2:"));
  CHECK_FALSE(text.ends_with('\n'));
}

TEST_CASE("BrowserConfig: what would leave the server open if it were ignored is refused") {
  CHECK(contains(refusal_of("tls { cert_file: a, key_file: b }"), "tls"));
  CHECK(contains(refusal_of("allow_non_tls: true"), "tls"));
  CHECK(contains(refusal_of("authorization { users [{nkey: "
                            "UDO6ORBTE3WWMCYS4GQTZBW5RXWOHTDLW7EGRM2ECTVJNSJCTVO67CKA}] }"),
                 "nkey: signatures"));
  CHECK(
      contains(refusal_of("authorization { user: a, password: \"$2a$04$abcdefghijklmnopqrstuv\" }"),
               "bcrypt"));
  CHECK(
      contains(refusal_of("authorization { token: \"$2a$04$abcdefghijklmnopqrstuv\" }"), "bcrypt"));
  CHECK(contains(
      refusal_of(
          "authorization { users [{user: a, password: \"$2a$04$abcdefghijklmnopqrstuv\"}] }"),
      "bcrypt"));
}

TEST_CASE("BrowserConfig: accounts whose users have passwords are as good in a page") {
  const auto config = read_browser_config("accounts { A { users: [{user: a, password: b}] } }");
  REQUIRE(config.ok());
  CHECK(config.value().options.accounts.size() == 1);
}

TEST_CASE("BrowserConfig: there are no files and no environment") {
  CHECK(contains(refusal_of("include other.conf"), "no files here"));
  CHECK(contains(refusal_of("server_name: $HOME"), "HOME"));
}

TEST_CASE("BrowserConfig: what only a daemon does is said to have no effect") {
  const auto config = read_browser_config(
      "listen: \"127.0.0.1:5555\"\nhttp: 8222\nwebsocket { port: 80, no_tls: true }\n"
      "log_file: x\nsyslog: true\npid_file: y\njetstream { store_dir: z }\n");
  REQUIRE(config.ok());
  CHECK(config.value().notices.size() == 7);
  CHECK_FALSE(config.value().options.websocket);
}

TEST_CASE("BrowserConfig: sizes that were left to the host are its limits") {
  const auto config = read_browser_config("jetstream {}");
  REQUIRE(config.ok());
  const BrowserLimits limits{.memory_max = 400, .storage_max = 5000};
  const Options stored = server_options(config.value(), limits, true, {});
  CHECK(stored.jetstream->max_memory_store == 100);
  CHECK(stored.jetstream->max_file_store == 5000);
  const Options kept = server_options(config.value(), limits, false, {});
  CHECK(kept.jetstream->max_file_store == 100);
  const auto chosen = read_browser_config("jetstream { max_mem: 1KB, max_file: 2KB }");
  const Options asked = server_options(chosen.value(), limits, true, {});
  CHECK(asked.jetstream->max_memory_store == 1024);
  CHECK(asked.jetstream->max_file_store == 2048);
}

}  // namespace
}  // namespace myelin
