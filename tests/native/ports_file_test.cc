#include "hosts/native/ports_file.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("ports_json: kinds of listeners that are not open are left out") {
  CHECK(ports_json({.nats = {"nats://127.0.0.1:4222", "nats://[::1]:4222"}}) ==
        R"({"nats":["nats://127.0.0.1:4222","nats://[::1]:4222"]})");
  CHECK(ports_json({.nats = {"nats://127.0.0.1:1"},
                    .monitoring = {"http://127.0.0.1:2"},
                    .websocket = {"ws://127.0.0.1:3"}}) ==
        R"({"nats":["nats://127.0.0.1:1"],"monitoring":["http://127.0.0.1:2"],)"
        R"("websocket":["ws://127.0.0.1:3"]})");
  CHECK(ports_json({}) == "{}");
}

TEST_CASE("ports_file_path: is named after the program as it was called") {
  CHECK(ports_file_path("/tmp/x", "/usr/bin/nats-server", 12) == "/tmp/x/nats-server_12.ports");
  CHECK(ports_file_path("/tmp/x/", "myelin-server", 12) == "/tmp/x/myelin-server_12.ports");
}

TEST_CASE("listener_urls: a bound address is one URL, the any-address one for each of ours") {
  CHECK(listener_urls("nats", "127.0.0.1", 1) == std::vector<std::string>{"nats://127.0.0.1:1"});
  CHECK(listener_urls("nats", "::1", 1) == std::vector<std::string>{"nats://[::1]:1"});
  const std::vector<std::string> all = listener_urls("nats", "::", 1);
  CHECK(std::find(all.begin(), all.end(), "nats://127.0.0.1:1") != all.end());
}

}  // namespace myelin
