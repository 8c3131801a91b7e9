#include "core/protocol/headers.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("headers: a value is found by its exact name, blanks before it skipped") {
  constexpr std::string_view kBlock = "NATS/1.0\r\nA: one\r\nNats-Expected:   two \r\n\r\n";
  CHECK(find_header(kBlock, "A") == "one");
  CHECK(find_header(kBlock, "Nats-Expected") == "two ");
  CHECK(!find_header(kBlock, "a"));
  CHECK(!find_header(kBlock, "Nats"));
  CHECK(!find_header(kBlock, ""));
}

TEST_CASE("headers: the first of several wins, and an empty value is a value") {
  CHECK(find_header("NATS/1.0\r\nA: 1\r\nA: 2\r\n\r\n", "A") == "1");
  CHECK(find_header("NATS/1.0\r\nA:\r\n\r\n", "A") == "");
}

TEST_CASE("headers: the status line is no header, and a status does not hide what follows") {
  CHECK(!find_header("NATS/1.0: x\r\n\r\n", "NATS/1.0"));
  CHECK(find_header("NATS/1.0 503 None: here\r\nA: b\r\n\r\n", "A") == "b");
}

TEST_CASE("headers: a block cut short is read as far as its lines are whole") {
  constexpr std::string_view kBlock = "NATS/1.0\r\nA: b\r\nC: d\r\n\r\n";
  for (size_t size = 0; size < kBlock.size(); ++size) {
    const std::string_view cut = kBlock.substr(0, size);
    CHECK(find_header(cut, "A").has_value() == (size >= kBlock.find("b\r\n") + 3));
  }
}

TEST_CASE("headers: the no-responders block names the subject") {
  const std::string block = no_responders_block("ask.me");
  CHECK(block == "NATS/1.0 503\r\nNats-Subject: ask.me\r\n\r\n");
  CHECK(find_header(block, "Nats-Subject") == "ask.me");
}

}  // namespace myelin
