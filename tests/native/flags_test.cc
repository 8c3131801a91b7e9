#include "hosts/native/flags.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

using Arguments = std::vector<std::string>;

Flags parsed(const Arguments& arguments) {
  auto flags = parse_flags(arguments);
  INFO((flags ? "" : flags.error().text));
  REQUIRE(flags);
  return std::move(flags.value());
}

FlagError mistake(const Arguments& arguments) {
  const auto flags = parse_flags(arguments);
  REQUIRE_FALSE(flags);
  return flags.error();
}

Config applied(const Arguments& arguments, const char* text = "") {
  auto config = parse_config_text(text, "f.conf", ConfigSources{});
  REQUIRE(config);
  const Status status = apply(parsed(arguments), config.value());
  INFO((status ? "" : status.error().context));
  REQUIRE(status);
  return std::move(config.value());
}

std::string refusal(const Arguments& arguments, const char* text = "") {
  auto config = parse_config_text(text, "f.conf", ConfigSources{});
  REQUIRE(config);
  const Status status = apply(parsed(arguments), config.value());
  return status ? "" : status.error().context;
}

TEST_CASE("Flags: one dash or two, a space or an equals sign") {
  CHECK(parsed({"-p", "5222"}).port == 5222);
  CHECK(parsed({"--p", "5222"}).port == 5222);
  CHECK(parsed({"-port=5222"}).port == 5222);
  CHECK(parsed({"--port=-1"}).port == -1);
  CHECK(parsed({"-p", "-1"}).port == -1);
  CHECK(parsed({"-sd=/data"}).store_dir == "/data");
  CHECK(parsed({"--user", ""}).user == "");
}

TEST_CASE("Flags: a boolean takes its value only after an equals sign") {
  CHECK(parsed({"-D"}).debug == true);
  CHECK(parsed({"-D=false"}).debug == false);
  CHECK(parsed({"--js=T"}).jetstream == true);
  CHECK(mistake({"-D", "false"}).text == "unrecognized command: \"false\"");
}

TEST_CASE("Flags: the last of equals wins") {
  CHECK(parsed({"-p", "1", "--port", "2"}).port == 2);
  CHECK(parsed({"--debug", "-D=false"}).debug == false);
}

TEST_CASE("Flags: numbers are written as in Go") {
  CHECK(parsed({"-p", "0x10"}).port == 16);
  CHECK(parsed({"-p", "010"}).port == 8);
  CHECK(parsed({"-p", "+7"}).port == 7);
}

TEST_CASE("Flags: what Go's flag package refuses, in its words") {
  const auto refused = [](const Arguments& arguments, const char* text) {
    const FlagError error = mistake(arguments);
    CHECK(error.text == text);
    CHECK(error.shows_usage);
  };
  refused({"-x"}, "flag provided but not defined: -x");
  refused({"--x=5"}, "flag provided but not defined: -x");
  refused({"-p"}, "flag needs an argument: -p");
  refused({"-p", "abc"}, "invalid value \"abc\" for flag -p: parse error");
  refused({"-p="}, "invalid value \"\" for flag -p: parse error");
  refused({"-p", "99999999999999999999"},
          "invalid value \"99999999999999999999\" for flag -p: value out of range");
  refused({"-D=maybe"}, "invalid boolean value \"maybe\" for -D: parse error");
  refused({"---x"}, "bad flag syntax: ---x");
  refused({"-=x"}, "bad flag syntax: -=x");
}

TEST_CASE("Flags: version and help are words too, and no other") {
  CHECK(parsed({"version"}).version);
  CHECK(parsed({"HELP"}).help);
  CHECK(parsed({"--", "version"}).version);
  CHECK(parsed({"-v", "nonsense"}).version);
  for (const char* word : {"start", "-"}) {
    CHECK(mistake({word}).text == "unrecognized command: \"" + std::string(word) + "\"");
    CHECK_FALSE(mistake({word}).shows_usage);
  }
}

TEST_CASE("Flags: a signal may name its target") {
  CHECK(parsed({"--signal", "reload"}).signal->command == "reload");
  CHECK_FALSE(parsed({"--signal", "reload"}).signal->target);
  CHECK(parsed({"-sl", "ldm=123"}).signal->target == "123");
  CHECK(mistake({"-sl", "a=1=2=3"}).text == "invalid signal parameters: [2 3]");
}

TEST_CASE("Flags: they win over the file") {
  const Config config = applied(
      {"-a", "127.0.0.1", "-p", "-1", "-n", "me", "-l", "x.log", "-P", "x.pid", "-T=false", "-DV"},
      "port: 5222\nserver_name: you\ndebug: false\nlogtime: true");
  CHECK(config.daemon.client == ListenAddress{"127.0.0.1", 0});
  CHECK(config.options.server_name == "me");
  CHECK(config.daemon.log_file == "x.log");
  CHECK(config.daemon.pid_file == "x.pid");
  CHECK_FALSE(config.daemon.logtime);
  CHECK(config.options.debug);
  CHECK(config.options.trace);
}

TEST_CASE("Flags: what is not given leaves the file's word") {
  const Config config = applied({}, "port: 5222\ndebug: true\nlogtime: false");
  CHECK(config.daemon.client.port == 5222);
  CHECK(config.options.debug);
  CHECK_FALSE(config.daemon.logtime);
  CHECK_FALSE(applied({"-D=false"}, "debug: true").options.debug);
}

TEST_CASE("Flags: a token stands above a user, a list of users above both") {
  CHECK(applied({"--auth", "t"}, "authorization {user: a, pass: b}").options.authorization.user ==
        "");
  const auto users = applied({"--auth", "t"}, "authorization {users: [{user: a}]}");
  CHECK(users.options.authorization.token == "");
  CHECK(applied({"--user", "a", "--pass", "b"}).options.authorization.password == "b");
  CHECK(refusal({"--pass", "b"}) == "Cannot have a password without a user");
}

TEST_CASE("Flags: what is not there yet is refused like its key, or noticed") {
  CHECK(refusal({"--routes", "nats://x:1", "--cluster", "nats://y:1"}).find("not supported yet") !=
        std::string::npos);
  CHECK(refusal({"--routes", "nats://x:1"}) ==
        "solicited routes require cluster capabilities, e.g. --cluster");
  CHECK(refusal({"-js=false", "--tls=false"}) == "");
  CHECK(applied({"--cluster", "nats://x:-1", "--cluster_name", "c"}).notices.size() == 1);
  CHECK(applied({"--store_dir", "x"}).daemon.store_dir == "x");
}

TEST_CASE("Flags: TLS needs a certificate and its key") {
  CHECK(refusal({"--tls"}) == "TLS Server certificate must be present and valid");
  CHECK(refusal({"--tlsverify"}) == "TLS Server certificate must be present and valid");
  CHECK(refusal({"--tlscert", "c"}) == "TLS Server private key must be present and valid");
  const Config config =
      applied({"--tlsverify", "--tlscert", "c", "--tlskey", "k", "--tlscacert", "a"});
  REQUIRE(config.daemon.tls);
  CHECK(config.daemon.tls->certs == std::vector<CertificateFiles>{{"c", "k"}});
  CHECK(config.daemon.tls->ca_file == "a");
  CHECK(config.daemon.tls->verify);
  CHECK_FALSE(applied({"--tls=false"}, "tls {}").daemon.tls);
}

TEST_CASE("Flags: JetStream is switched on and off, its block kept") {
  CHECK(applied({"-js"}).options.jetstream == JetStreamOptions{});
  CHECK(applied({"-js"}, "jetstream {enabled: false, strict: false}").options.jetstream->strict ==
        false);
  CHECK(applied({"--jetstream"}, "jetstream {max_mem: 5}").options.jetstream->max_memory_store ==
        5);
  CHECK_FALSE(applied({"-js=false"}, "jetstream: true").options.jetstream);
  CHECK(applied({}, "jetstream: true").options.jetstream);
  CHECK(applied({"-sd=x"}, "jetstream {store_dir: y}").daemon.store_dir == "x");
}

TEST_CASE("Flags: a port must be one") {
  CHECK(refusal({"-p", "70000"}) == "port 70000 is out of range");
  CHECK(refusal({"-m", "-2"}) != "");
  CHECK(applied({"-m", "-1"}).daemon.http == ListenAddress{"", 0});
  CHECK(applied({"-p", "0"}, "port: 5222").daemon.client.port == 4222);
}

}  // namespace
}  // namespace myelin
