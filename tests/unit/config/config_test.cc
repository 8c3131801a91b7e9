#include "core/config/config.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

Result<Config, ConfigErrors> parse(std::string_view text) {
  return parse_config_text(text, "f.conf", ConfigSources{});
}

Config parsed(std::string_view text) {
  auto config = parse(text);
  INFO(text);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  return std::move(config.value());
}

std::string errors_of(std::string_view text) {
  const auto config = parse(text);
  return config ? "" : to_string(config.error());
}

std::string mistake_of(std::string_view text) {
  Config config = parsed(text);
  const Status status = complete(config);
  return status ? "" : status.error().context;
}

TEST_CASE("Config: an empty text has the defaults, and a warning") {
  const Config config = parsed("");
  CHECK(config.daemon == DaemonOptions{});
  CHECK(config.options.max_payload == Options{}.max_payload);
  CHECK(to_string(config.warnings) == "f.conf: config has no values or is empty\n");
}

TEST_CASE("Config: the digest is nats-server's") {
  CHECK(parsed("port: 4222\n").digest ==
        "sha256:797533ebd0dfba7d34a0f9337ecf147e442871f48ddfd07ed751575a5737267e");
}

TEST_CASE("Config: listen takes a port, a host and a port, or an IPv6 address") {
  const auto listen = [](const char* text) { return parsed(text).daemon.client; };
  CHECK(listen("listen: 5000") == ListenAddress{"", 5000});
  CHECK(listen("listen: localhost:5000") == ListenAddress{"localhost", 5000});
  CHECK(listen("listen: :5000") == ListenAddress{"", 5000});
  CHECK(listen("listen: '[::1]:5000'") == ListenAddress{"::1", 5000});
  CHECK(listen("net: a, port: 5000") == ListenAddress{"a", 5000});
}

TEST_CASE("Config: port -1 is any port, port 0 the default") {
  CHECK(parsed("port: -1").daemon.client.port == 0);
  CHECK(parsed("listen: 127.0.0.1:-1").daemon.client.port == 0);
  CHECK(parsed("port: 0").daemon.client.port == 4222);
}

TEST_CASE("Config: an address that is none is an error") {
  CHECK(errors_of("listen: x") == "f.conf:1:0: could not parse address string \"x\"\n");
  CHECK(errors_of("listen: 'x:y'") == "f.conf:1:0: could not parse port \"y\"\n");
  CHECK(errors_of("listen: 'x:70000'") == "f.conf:1:0: port 70000 is out of range\n");
  CHECK(errors_of("listen: 'a:b:1'") != "");
  CHECK(errors_of("listen: '[::1:1'") != "");
  CHECK(errors_of("listen: true") == "f.conf:1:0: expected port or host:port, got a boolean\n");
}

TEST_CASE("Config: keys are compared without case") {
  CHECK(parsed("SERVER_NAME: x").options.server_name == "x");
}

TEST_CASE("Config: an unknown key is an error unless it was used as a variable") {
  CHECK(errors_of("foo: 1") == "f.conf:1:0: unknown field \"foo\"\n");
  CHECK(parsed("foo: 5222\nport: $foo").daemon.client.port == 5222);
}

TEST_CASE("Config: all errors of a file are reported together") {
  CHECK(errors_of("host: 5\nfoo: 1\nmax_payload: 1.5\nping_interval: 5\n") ==
        "f.conf:4:1: invalid use of field \"ping_interval\": ping_interval should be converted to "
        "a duration\n"
        "f.conf:1:0: expected a string for \"host\", got an integer\n"
        "f.conf:2:1: unknown field \"foo\"\n"
        "f.conf:3:1: expected an integer for \"max_payload\", got a float\n");
}

TEST_CASE("Config: sizes are bytes") {
  const Options options =
      parsed("max_payload: 128KB\nmax_pending: 1g\nmax_control_line: 2k").options;
  CHECK(options.max_payload == 128 * 1024);
  CHECK(options.max_pending == 1'000'000'000);
  CHECK(options.max_control_line == 2000);
}

TEST_CASE("Config: a size that does not fit is an error") {
  CHECK(errors_of("max_payload: 2147483648") ==
        "f.conf:1:0: max_payload value is too big, at most 2147483647\n");
  CHECK(errors_of("max_control_line: -1") != "");
}

TEST_CASE("Config: zero asks for the default") {
  const Options options =
      parsed(
          "max_payload: 0\nmax_pending: 0\nping_interval: '0s'\nping_max: 0\nwrite_deadline: '0'")
          .options;
  CHECK(options.max_payload == Options{}.max_payload);
  CHECK(options.max_pending == Options{}.max_pending);
  CHECK(options.ping_interval == Options{}.ping_interval);
  CHECK(options.ping_max == Options{}.ping_max);
  CHECK(options.write_deadline == Options{}.write_deadline);
}

TEST_CASE("Config: max_connections 0 lets nobody in") {
  CHECK(parsed("max_connections: 0").options.max_connections == -1);
  CHECK(parsed("max_conn: 5").options.max_connections == 5);
}

TEST_CASE("Config: an integer where a duration belongs is seconds, and a warning") {
  const Config config = parsed("write_deadline: 3");
  CHECK(config.options.write_deadline == seconds(3));
  CHECK(config.warnings.size() == 1);
}

TEST_CASE("Config: durations that make no sense are errors") {
  CHECK(errors_of("ping_interval: x") ==
        "f.conf:1:0: error parsing ping_interval: invalid duration \"x\"\n");
  CHECK(errors_of("write_deadline: '-1s'") ==
        "f.conf:1:0: invalid write_deadline, needs to be positive\n");
  CHECK(errors_of("lame_duck_duration: '29s'") ==
        "f.conf:1:0: invalid lame_duck_duration of 29s, minimum is 30 seconds\n");
  CHECK(errors_of("lame_duck_duration: 31") != "");
}

TEST_CASE("Config: log and file keys have two names each") {
  const DaemonOptions daemon = parsed(R"(
      log_file: a, logfile_size_limit: 10, log_max_num: 3, logtime: false, logtime_utc: true
      pidfile: b, ports_file_dir: c, remote_syslog: d, syslog: true)")
                                   .daemon;
  CHECK(daemon.log_file == "a");
  CHECK(daemon.logfile_size_limit == 10);
  CHECK(daemon.logfile_max_num == 3);
  CHECK_FALSE(daemon.logtime);
  CHECK(daemon.logtime_utc);
  CHECK(daemon.pid_file == "b");
  CHECK(daemon.ports_file_dir == "c");
  CHECK(daemon.remote_syslog == "d");
  CHECK(daemon.syslog);
}

TEST_CASE("Config: verbose tracing and tracing of headers are tracing") {
  CHECK(parsed("trace_verbose: true").options.trace);
  CHECK(parsed("trace_headers: true").options.trace);
  CHECK(parsed("trace_headers: true").options.trace_headers);
}

TEST_CASE("Config: tags and metadata describe the server") {
  const DaemonOptions daemon =
      parsed("server_tags: [a:b, c]\nserver_metadata {z: one, y: two}").daemon;
  CHECK(daemon.server_tags == std::vector<std::string>{"a:b", "c"});
  REQUIRE(daemon.server_metadata.size() == 2);
  CHECK(daemon.server_metadata[0] == std::pair<std::string, std::string>("y", "two"));
}

TEST_CASE("Config: what is not there yet and must not be ignored is refused") {
  for (const char* text :
       {"tls { ocsp_peer: true }",
        "default_js_domain { A: x }", "mqtt {}", "gateway { name: x }",
        "cluster { routes: ['nats://x:1'] }",
        "leafnodes { remotes: [{url: 'nats://x:1'}] }"}) {
    INFO(text);
    CHECK(errors_of(text).find("is not supported yet by this version of myelin-server") !=
          std::string::npos);
  }
}

TEST_CASE("Config: what is not there yet and may be ignored is noticed") {
  for (const char* text :
       {"cluster { name: x, listen: '127.0.0.1:-1', routes: [] }", "leafnodes { port: -1 }",
        "write_timeout: retry"}) {
    INFO(text);
    const Config config = parsed(text);
    CHECK(config.notices.size() == 1);
    CHECK(config.warnings.empty());
  }
}

TEST_CASE("Config: a feature that is switched off is nothing to mention") {
  for (const char* text :
       {"jetstream: false", "jetstream: disabled", "jetstream { enabled: false, domain: x }",
        "no_system_account: true", "proxies {}", "proxy_protocol: false", "cluster { name: x }",
        "ocsp: false", "connect_error_reports: 5", "feature_flags { x: true }"}) {
    INFO(text);
    CHECK(parsed(text).notices.empty());
  }
}

TEST_CASE("Config: keys of features to come are known, so that a misspelt one is an error") {
  CHECK(errors_of("cluster { lisen: 1 }") == "f.conf:1:10: unknown field \"lisen\"\n");
  CHECK(errors_of("leafnodes { remote: [] }") != "");
  CHECK(errors_of("jetstream { enabled: false, max_me: 1 }") != "");
}

TEST_CASE("Config: monitoring listens where clients do, unless it says otherwise") {
  Config config = parsed("http: '127.0.0.1:-1'");
  REQUIRE(complete(config));
  CHECK(config.daemon.http == ListenAddress{"127.0.0.1", 0});
  CHECK(config.notices.empty());
  CHECK_FALSE(parsed("http_port: 0").daemon.http);
  config = parsed("host: '::1'\nhttps_port: 8443");
  REQUIRE(complete(config));
  CHECK(config.daemon.https == ListenAddress{"::1", 8443});
}

TEST_CASE("Config: a folder of static files needs a monitoring listener") {
  Config config = parsed("http_web: pages\nhttp_port: 8222");
  REQUIRE(complete(config));
  CHECK(config.daemon.http_web == "pages");
  CHECK(config.notices.empty());
  config = parsed("http_web: pages");
  REQUIRE(complete(config));
  CHECK(config.notices.size() == 1);
}

TEST_CASE("Config: what has no effect is said, one line each") {
  for (const char* text : {"prof_port: 6060, prof_block_rate: 1", "ocsp: true", "ocsp {mode: auto}",
                           "ocsp_cache: true", "ocsp_cache {type: local}",
                           "feature_flags {js_ack_fc_v2: true, js_raft_delete_range: false}"}) {
    INFO(text);
    Config config = parsed(text);
    REQUIRE(complete(config));
    CHECK(config.notices.size() == 1);
  }
}

TEST_CASE("Config: what is as it is asked to be needs no word") {
  for (const char* text :
       {"ocsp {mode: never}", "ocsp_cache: false", "feature_flags {js_ack_fc_v2: false}",
        "write_timeout: close", "remote_syslog: 'udp://localhost:514'", "syslog: true"}) {
    INFO(text);
    Config config = parsed(text);
    REQUIRE(complete(config));
    CHECK(config.notices.empty());
  }
}

TEST_CASE("Config: stapling that is insisted on is refused") {
  CHECK(errors_of("ocsp {mode: always}").find("not supported yet") != std::string::npos);
  CHECK(errors_of("ocsp {mode: Must, url: 'http://x'}") != "");
  CHECK(errors_of("ocsp {mode: often}").find("unsupported ocsp mode string") != std::string::npos);
}

TEST_CASE("Config: contradictions show when it is complete") {
  CHECK(mistake_of("max_payload: 2k, max_pending: 1k") ==
        "max_payload (2000) cannot be higher than max_pending (1000)");
  CHECK(mistake_of("lame_duck_grace_period: '2m'") ==
        "lame duck grace period (2m0s) should be strictly lower than lame duck duration (2m0s)");
  CHECK(mistake_of("no_auth_user: x") != "");
  CHECK(mistake_of("no_auth_user: x, authorization {users: [{user: x}]}") == "");
  CHECK(mistake_of("authorization {users: [{user: x}]}, no_auth_user: y") != "");
}

TEST_CASE("Config: clients are told the listener, or what is advertised") {
  const auto announced = [](const char* text) {
    Config config = parsed(text);
    REQUIRE(complete(config));
    return config.options.host + " " + std::to_string(config.options.port);
  };
  CHECK(announced("port: 5000") == "0.0.0.0 5000");
  CHECK(announced("client_advertise: 'x.org'\nport: 5000") == "x.org 5000");
  CHECK(announced("client_advertise: 'x.org:1'\nport: 5000") == "x.org 1");
  CHECK(announced("client_advertise: 'x.org:-1'\nport: 5000") == "x.org 5000");
  CHECK(mistake_of("client_advertise: 'x:y'") == "invalid client_advertise \"x:y\"");
}

TEST_CASE("Config: a file that cannot be read is an error of its own") {
  ConfigSources sources;
  sources.read_file = [](const std::string&) -> Result<std::string> {
    return Error{Errc::kNotFound, "open x: no such file or directory"};
  };
  const auto config = parse_config("x", sources);
  REQUIRE_FALSE(config);
  CHECK(to_string(config.error()) == "open x: no such file or directory\n");
}

TEST_CASE("Config: passwords in the clear are noticed, hashes are not") {
  const auto has_plain = [](const char* text) {
    return has_plain_passwords(parsed(text).options.authorization);
  };
  CHECK(has_plain("authorization { user: a, password: b }"));
  CHECK(has_plain("authorization { users: [{user: a, password: b}] }"));
  CHECK_FALSE(has_plain("authorization { user: a, password: $2a$11$abc }"));
  CHECK_FALSE(has_plain("authorization { users: [{user: a, password: '$2y$04$abc'}] }"));
  CHECK(has_plain("authorization { users: [{user: a, password: '$2z$04$abc'}] }"));
  CHECK_FALSE(has_plain("authorization { token: a }"));
}

}  // namespace
}  // namespace myelin
