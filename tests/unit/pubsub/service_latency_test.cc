#include "core/pubsub/service_latency.h"

#include <catch2/catch.hpp>
#include <string>

namespace myelin {
namespace {

std::optional<EventHeader> sampled_by(std::string_view lines) {
  Random random(1);
  const std::string block = "NATS/1.0\r\n" + std::string(lines) + "\r\n\r\n";
  return sampled({.subject = "latency", .sampling = 0}, block, random);
}

TEST_CASE("Service latency: a hundred per cent is always measured, none only when asked for") {
  Random random(1);
  CHECK(sampled({.subject = "l", .sampling = 100}, "", random));
  CHECK_FALSE(sampled({.subject = "l", .sampling = 0}, "", random));
}

TEST_CASE("Service latency: a percentage is measured by chance") {
  Random random(1);
  int count = 0;
  for (int index = 0; index < 10000; ++index) {
    count += sampled({.subject = "l", .sampling = 30}, "", random) ? 1 : 0;
  }
  CHECK(count > 2700);
  CHECK(count < 3300);
}

TEST_CASE("Service latency: tracing headers ask for it") {
  CHECK(sampled_by("Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1"));
  CHECK(sampled_by("X-B3-Sampled: 1"));
  CHECK(sampled_by("X-B3-TraceId: 80f198ee56343ba864fe8b2a57d3eff7"));
  CHECK(sampled_by("B3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90"));
  CHECK(sampled_by("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

TEST_CASE("Service latency: tracing headers decline it") {
  CHECK_FALSE(sampled_by("Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:0"));
  CHECK_FALSE(sampled_by("Uber-Trace-Id: 479fefe9525eddb"));
  CHECK_FALSE(sampled_by("X-B3-Sampled: 0"));
  CHECK_FALSE(sampled_by("B3: 0"));
  CHECK_FALSE(sampled_by("B3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-0"));
  CHECK_FALSE(sampled_by("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"));
  CHECK_FALSE(sampled_by("Other: 1"));
}

TEST_CASE("Service latency: the event shows the headers that asked for it, and no others") {
  const auto header = sampled_by("X-B3-TraceId: 7\r\nx-b3-spanid: 8\r\nSecret: 9");
  REQUIRE(header);
  CHECK(*header == EventHeader{{"X-B3-Spanid", {"8"}}, {"X-B3-Traceid", {"7"}}});
}

TEST_CASE("Service latency: what is answered says how long it took") {
  Measurement measurement;
  measurement.requestor = R"({"acc":"B"})";
  measurement.requestor_rtt = Duration(5);
  measurement.asked = {.mono = Instant{100}, .wall = WallTime{1000}};
  const Now now{.mono = Instant{130}, .wall = WallTime{1030}};
  const std::string event = latency_event(measurement, LatencyStatus::kAnswered, now, "id",
                                          R"({"acc":"A"})", Duration(7));
  CHECK(event.find(R"("status":200,"requestor":{"acc":"B"},"responder":{"acc":"A"})") !=
        std::string::npos);
  CHECK(event.find(R"("service":23,"system":0,"total":35})") != std::string::npos);
}

}  // namespace
}  // namespace myelin
