// The runner is what everything else is judged by: its own language is judged here.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/conformance/runner/inbox.h"
#include "tests/conformance/runner/pattern.h"
#include "tests/conformance/runner/session.h"
#include "tests/conformance/runner/transcript.h"
#include "tests/conformance/runner/websocket_frames.h"

namespace {

using namespace myelin::conformance;

bool fits(std::string_view pattern, std::string_view bytes) {
  Variables variables;
  return matches(pattern, bytes, variables);
}

TEST_CASE("Pattern: escapes and repetitions become bytes") {
  CHECK(expand(R"(a\r\n\t\s\\\x00\{int}{b*3})", {}) ==
        std::string("a\r\n\t \\", 6) + std::string(1, '\0') + "{int}bbb");
  CHECK(expand("{#}.{$x}", {{"$x", "y"}}, 7) == "7.y");
  CHECK_THROWS(expand("{$unknown}", {}));
  CHECK_THROWS(expand("\\q", {}));
}

TEST_CASE("Pattern: placeholders match what they name, and no more") {
  CHECK(fits("MSG foo {sid} {int}", "MSG foo a-1 12"));
  CHECK_FALSE(fits("MSG foo {sid} {int}", "MSG foo a b 12"));
  CHECK_FALSE(fits("{int}", ""));
  CHECK_FALSE(fits("{int}", "1x"));
  CHECK(fits("a{any}z", "az"));
  CHECK(fits("{\"a\":{int}}", "{\"a\":1}"));
  CHECK(fits("{nuid}", "AAAAAAAAAAAAAAAAAAAAAA"));
  CHECK_FALSE(fits("{nuid}", "AAA"));
}

TEST_CASE("Pattern: a variable is learnt once and then wanted") {
  Variables variables;
  CHECK(matches("x {$a} {$a}", "x 1 1", variables));
  CHECK(variables.at("$a") == "1");
  CHECK_FALSE(matches("{$a}", "2", variables));
}

TEST_CASE("Pattern: JSON has at least the wanted fields") {
  Variables variables;
  std::string why;
  const auto seen = nlohmann::json::parse(R"({"a":1,"b":{"c":"x"},"d":[1,2]})");
  const auto holds = [&](const char* wanted) {
    return contains(nlohmann::json::parse(wanted), seen, variables, why);
  };
  CHECK(holds(R"({"a":1})"));
  CHECK(holds(R"({"a":"{int}","b":{"c":"{word}"},"e":"{absent}"})"));
  CHECK_FALSE(holds(R"({"a":"{absent}"})"));
  CHECK_FALSE(holds(R"({"d":[1]})"));
  CHECK_FALSE(holds(R"({"e":1})"));
}

TEST_CASE("Inbox: payloads are cut by their size, however bytes arrive") {
  const std::string bytes = "MSG a 1 4\r\n\r\nhi\r\nPING\r\nHMSG a 1 2 0003\r\nabc\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Inbox inbox;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      inbox.add(std::string_view(bytes).substr(at, piece));
    }
    REQUIRE(inbox.items().size() == 5);
    CHECK(inbox.items()[1].text == "\r\nhi");
    CHECK(inbox.items()[1].is_payload);
    CHECK(inbox.items()[2].text == "PING");
    CHECK(inbox.items()[4].text == "abc");
    CHECK(inbox.rest().empty());
  }
}

TEST_CASE("Inbox: a server that does not end its lines is at fault") {
  CHECK_THROWS(Inbox().add("PING\n"));
  CHECK_THROWS(Inbox().add("MSG a 1 1\r\nabc"));
  CHECK_THROWS(Inbox().add("MSG a 1 x\r\n"));
}

TEST_CASE("Transcript: a case is its claim, its configuration and its steps") {
  const Transcript one =
      parse_transcript("area/case",
                       "# The claim.\n# a note\nneeds: clock\nconfig {\n  a: {}\n}\n"
                       "connect A B {\"verbose\":true}\nA *3 > PUB x 0  # why\n"
                       "A|B < MSG x  y\ncount A|B 1..2\n");
  CHECK(one.claim == "The claim.");
  CHECK(one.needs == std::vector<std::string>{"clock"});
  CHECK(one.config == "  a: {}\n");
  REQUIRE(one.steps.size() == 4);
  CHECK(one.steps[0].text == "{\"verbose\":true}");
  CHECK(one.steps[1].text == "PUB x 0");
  CHECK(one.steps[1].count == 3);
  CHECK(one.steps[2].links == std::vector<std::string>{"A", "B"});
  CHECK(one.steps[2].text == "MSG x  y");
  CHECK(one.steps[3].to == 2);
}

TEST_CASE("Transcript: a request has headers, and goes on where it is indented") {
  const Transcript one = parse_transcript("area/case",
                                          "# The claim.\ndoors: core native\ndurable\n"
                                          "A ? s <A: 1> <B: {x}> {\"a\":1,\n"
                                          "  \"b\":2}\n");
  CHECK(one.doors == std::vector<std::string>{"core", "native"});
  CHECK(one.durable);
  REQUIRE(one.steps.size() == 1);
  CHECK(one.steps[0].name == "s");
  CHECK(one.steps[0].units == std::vector<Unit>{{"A: 1", "B: {x}"}});
  CHECK(one.steps[0].text == R"({"a":1,"b":2})");
}

TEST_CASE("Transcript: what is not understood is refused with its line") {
  CHECK_THROWS_WITH(parse_transcript("c", "# x\nconnect A\nA ! B\n"), Catch::StartsWith("c:3:"));
  CHECK_THROWS(parse_transcript("c", "connect A\n"));
  CHECK_THROWS(parse_transcript("c", "# x\n"));
  CHECK_THROWS(parse_transcript("c", "# x\nneeds: luck\nconnect A\n"));
  CHECK_THROWS(parse_transcript("c", "# x\nconfig {\nconnect A\n"));
  CHECK_THROWS(parse_transcript("c", "# x\nany A\nMSG a 1 1\n"));
  CHECK_THROWS(parse_transcript("c", "# x\nA ? s <A: 1\n"));
  CHECK_THROWS(parse_transcript("c", "# x\nadvance soon\n"));
}

TEST_CASE("Transcript: what lies under the protocol has steps of its own") {
  const Transcript one = parse_transcript("area/case",
                                          "# The claim.\nneeds: websocket tls\ndial A\n"
                                          "tls A fails {\"version\":\"1.2\"}\nupgrade B\n"
                                          "frame B binary part : a: b\nframe B ping\n");
  REQUIRE(one.steps.size() == 5);
  CHECK(one.steps[1].from == 1);
  CHECK(one.steps[1].text == R"({"version":"1.2"})");
  CHECK(one.steps[3].name == "binary part");
  CHECK(one.steps[3].text == "a: b");
  CHECK(one.steps[4].text.empty());
  CHECK_THROWS(parse_transcript("c", "# x\nframe A\n"));
  CHECK_THROWS(parse_transcript("c", "# x\nupgrade a\n"));
}

TEST_CASE("Frames: what is sent is read back, however it is cut") {
  const std::string long_text(70'000, 'x');
  std::string bytes;
  for (Frame frame : {parse_frame("binary part", "one "), parse_frame("ping", "there?"),
                      parse_frame("more", "message"), parse_frame("binary deflated", long_text),
                      parse_frame("close 1000", "bye")}) {
    frame.is_masked = false;  // as a server sends
    bytes += encode(frame, 0);
  }
  for (const std::size_t piece : {1U, 2U, 3U, 1000U, 100'000U}) {
    FrameReader reader;
    reader.allow_compression();
    std::string data;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.add(std::string_view(bytes).substr(at, piece), data);
    }
    CHECK(data == "one message" + long_text);
    CHECK(reader.controls() == std::deque<std::string>{"ping there?", "close 1000 bye"});
    CHECK(reader.tally().compressed == 1);
    CHECK(reader.tally().fragmented == 1);
    CHECK(reader.is_closing());
  }
}

TEST_CASE("Frames: a mask is undone by the same mask") {
  const std::string masked = encode(parse_frame("text", "hello"), 0x01020304);
  CHECK(masked == std::string("\x81\x85\x01\x02\x03\x04") + "ig" + "oh" + "n");
}

TEST_CASE("Frames: a server that sends the wrong ones is at fault") {
  const auto is_wrong = [](const char* words, const std::string& payload) {
    Frame frame = parse_frame(words, payload);
    frame.is_masked = false;
    std::string data;
    FrameReader reader;
    try {
      reader.add(encode(frame, 0), data);
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  };
  CHECK_FALSE(is_wrong("binary", "x"));
  CHECK(is_wrong("text", "x"));
  CHECK(is_wrong("more", "x"));
  CHECK(is_wrong("binary rsv1", "x"));
  CHECK(is_wrong("binary rsv2", "x"));
  CHECK(is_wrong("ping part", "x"));
  CHECK(is_wrong("ping", std::string(126, 'x')));
  CHECK(is_wrong("opcode=11", "x"));
  std::string data;
  CHECK_THROWS(FrameReader().add(encode(parse_frame("binary", "x"), 1), data));
  CHECK_THROWS(FrameReader().add(std::string("\x82\x7e\x00\x05hello", 9), data));
}

TEST_CASE("Session: the same seed makes the same session") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Session one = make_session(seed);
    const Session two = make_session(seed);
    REQUIRE(one.deeds.size() == two.deeds.size());
    for (std::size_t i = 0; i < one.deeds.size(); ++i) {
      REQUIRE(one.deeds[i].bytes == two.deeds[i].bytes);
      REQUIRE(one.deeds[i].link < one.links);
    }
  }
}

}  // namespace
