#include "core/jetstream/ack_subject.h"

#include "catch2/catch.hpp"
#include "core/jetstream/ack_verb.h"

using namespace myelin;

TEST_CASE("AckSubject: what is sent is understood") {
  std::string subject = ack_subject_prefix("ORDERS", "worker");
  append_ack_numbers(subject, {.deliveries = 2,
                               .stream_sequence = 7,
                               .consumer_sequence = 9,
                               .time = WallTime{1767323045000000000},
                               .pending = 3});
  CHECK(subject == "$JS.ACK.ORDERS.worker.2.7.9.1767323045000000000.3");
  const auto parsed = parse_ack_subject(subject);
  REQUIRE(parsed);
  CHECK(parsed->stream == "ORDERS");
  CHECK(parsed->consumer == "worker");
  CHECK(parsed->deliveries == 2);
  CHECK(parsed->stream_sequence == 7);
  CHECK(parsed->consumer_sequence == 9);
}

TEST_CASE("AckSubject: the long form may have further tokens") {
  for (const char* subject :
       {"$JS.ACK._.hash.S.C.1.2.3.4.5", "$JS.ACK._.hash.S.C.1.2.3.4.5.rnd.x"}) {
    const auto parsed = parse_ack_subject(subject);
    REQUIRE(parsed);
    CHECK(parsed->stream == "S");
    CHECK(parsed->stream_sequence == 2);
    CHECK(parsed->consumer_sequence == 3);
  }
}

TEST_CASE("AckSubject: too few tokens are none, and letters are no number") {
  CHECK_FALSE(parse_ack_subject("$JS.ACK.S.C.1.2.3.4"));
  CHECK_FALSE(parse_ack_subject("$JS.ACK._.hash.S.C.1.2.3.4"));
  CHECK(parse_ack_subject("$JS.ACK.S.C.1.x.3.4.5")->stream_sequence == 0);
}

TEST_CASE("AckVerb: each has its word") {
  CHECK(parse_ack_verb("").kind == AckKind::kAck);
  CHECK(parse_ack_verb("+ACK").kind == AckKind::kAck);
  CHECK(parse_ack_verb("+OK").kind == AckKind::kAck);
  CHECK(parse_ack_verb("+NXT 5").argument == " 5");
  CHECK(parse_ack_verb("-NAK").kind == AckKind::kNak);
  CHECK(parse_ack_verb("-NAK 1s ").argument == "1s");
  CHECK(parse_ack_verb("+WPI").kind == AckKind::kProgress);
  CHECK(parse_ack_verb("+WPI ").kind == AckKind::kUnknown);
  CHECK(parse_ack_verb("+TERM bad data").argument == "bad data");
  CHECK(parse_ack_verb("hello").kind == AckKind::kUnknown);
}

TEST_CASE("AckVerb: a delay is JSON or a duration, or there is none") {
  CHECK(parse_nak_delay(R"({"delay":1500})") == Duration(1500));
  CHECK(parse_nak_delay("1m1.5s") == milliseconds(61500));
  CHECK(parse_nak_delay("250ms") == milliseconds(250));
  CHECK(parse_nak_delay("0") == Duration(0));
  CHECK_FALSE(parse_nak_delay(""));
  CHECK_FALSE(parse_nak_delay("soon"));
  CHECK_FALSE(parse_nak_delay("5"));
  CHECK_FALSE(parse_nak_delay("{"));
}
