#include "core/base/json.h"

#include <catch2/catch.hpp>

#include "core/base/random.h"

namespace myelin {
namespace {

constexpr int kDepth = 8;

bool is_read(std::string_view text) { return JsonDocument::parse(text, kDepth).has_value(); }

// The string that `text`, a JSON string, stands for; "<none>" if it is no document.
std::string string_in(std::string_view text) {
  const auto document = JsonDocument::parse(text, kDepth);
  if (!document) return "<none>";
  return std::string(document->root().as_string().value_or("<no string>"));
}

std::string written(std::string_view text) {
  std::string out;
  JsonWriter(out).value(text);
  return out;
}

TEST_CASE("Json: members are found by name, and by a name of other case if there is no better") {
  const auto document = JsonDocument::parse(R"({"verbose":true,"ECHO":false,"Name":"x"})", kDepth);
  REQUIRE(document);
  const JsonView root = document->root();
  CHECK(root.is_object());
  CHECK(root.size() == 3);
  CHECK(root.find("verbose").as_bool() == true);
  CHECK(root.find("echo").as_bool() == false);
  CHECK(root.find("NAME").as_string() == "x");
  CHECK_FALSE(root.find("nam").is_present());
  const auto both = JsonDocument::parse(R"({"A":1,"a":2})", kDepth);
  CHECK(both->root().find("A").as_int() == 1);
  CHECK(both->root().find("a").as_int() == 2);
}

TEST_CASE("Json: of a member written twice the last counts") {
  const auto document = JsonDocument::parse(R"({"a":1,"a":2})", kDepth);
  REQUIRE(document);
  CHECK(document->root().find("a").as_int() == 2);
}

TEST_CASE("Json: an absent value answers every question with no") {
  const JsonView absent;
  CHECK_FALSE(absent.is_present());
  CHECK_FALSE(absent.is_null());
  CHECK_FALSE(absent.is_object());
  CHECK_FALSE(absent.is_array());
  CHECK_FALSE(absent.as_bool());
  CHECK_FALSE(absent.as_int());
  CHECK_FALSE(absent.as_number());
  CHECK_FALSE(absent.as_string());
  CHECK(absent.size() == 0);
  CHECK_FALSE(absent.find("a").is_present());
  CHECK_FALSE(absent.at(0).is_present());
  CHECK(absent.name_at(0).empty());
}

TEST_CASE("Json: a question of the wrong type is answered with no") {
  const auto document = JsonDocument::parse(R"(["1",1,true,null,{},[]])", kDepth);
  REQUIRE(document);
  const JsonView root = document->root();
  REQUIRE(root.size() == 6);
  CHECK_FALSE(root.at(0).as_int());
  CHECK_FALSE(root.at(1).as_string());
  CHECK_FALSE(root.at(1).as_bool());
  CHECK_FALSE(root.at(2).as_int());
  CHECK(root.at(3).is_null());
  CHECK(root.at(4).is_object());
  CHECK(root.at(5).is_array());
  CHECK_FALSE(root.at(6).is_present());
  CHECK_FALSE(root.find("a").is_present());
}

TEST_CASE("Json: an integer is one that fits") {
  const auto document = JsonDocument::parse(
      "[9223372036854775807,-9223372036854775808,9223372036854775808,1.5,1e2,-0]", kDepth);
  REQUIRE(document);
  const JsonView root = document->root();
  CHECK(root.at(0).as_int() == INT64_MAX);
  CHECK(root.at(1).as_int() == INT64_MIN);
  CHECK_FALSE(root.at(2).as_int());
  CHECK_FALSE(root.at(3).as_int());
  CHECK(root.at(3).as_number() == 1.5);
  CHECK(root.at(4).as_number() == 100.0);
  CHECK(root.at(5).as_number() == 0.0);
}

TEST_CASE("Json: members are walked by index") {
  const auto document = JsonDocument::parse(R"({"b":1,"a":2})", kDepth);
  REQUIRE(document);
  CHECK(document->root().name_at(0) == "a");
  CHECK(document->root().at(0).as_int() == 2);
  CHECK(document->root().name_at(1) == "b");
  CHECK(document->root().name_at(2).empty());
}

TEST_CASE("Json: what is not exactly one document is none") {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{]",
                                      "[}",
                                      "{}{}",
                                      "{} x",
                                      "nul",
                                      "True",
                                      "'a'",
                                      "{a:1}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "[1,]",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "0x1",
                                      "NaN",
                                      "Infinity",
                                      "1e999",
                                      "\"",
                                      "\"\\\"",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"a\nb\"",
                                      "// x\n1",
                                      "/**/1",
                                      "\xEF\xBB\xBF{}",
                                      "\xFF",
                                      "{\"a\":\xFF}",
                                      "]]]][[[[",
                                      "[[[[[[[[[1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_read(text));
  }
  CHECK_FALSE(is_read(std::string_view("{}\0", 3)));
  CHECK_FALSE(is_read(std::string_view("{}\0junk", 7)));
  CHECK_FALSE(is_read(std::string_view("\"\0\"", 3)));
}

TEST_CASE("Json: depth is bounded, in any mixture, and brackets in strings do not count") {
  CHECK(is_read("[[[[[[[[1]]]]]]]]"));
  CHECK_FALSE(is_read("[[[[[[[[[1]]]]]]]]]"));
  CHECK(is_read(R"([{"a":[{"a":[{"a":[{"a":1}]}]}]}])"));
  CHECK_FALSE(is_read(R"([{"a":[{"a":[{"a":[{"a":[]}]}]}]}])"));
  CHECK(is_read("[\"[[[[[[[[[[\\\"[[[[[[\"]"));
  CHECK_FALSE(is_read(std::string(1'000'000, '[')));
  CHECK_FALSE(is_read(std::string(1'000'000, '{')));
}

TEST_CASE("Json: escapes and surrogate pairs become the text they stand for") {
  CHECK(string_in(R"("a\"\\\/\b\f\n\r\t")") == "a\"\\/\b\f\n\r\t");
  CHECK(string_in(R"("\u00e4\u20ac")") == "\u00e4\u20ac");
  CHECK(string_in(R"("\ud83d\ude00")") == "\U0001F600");
  CHECK(string_in(R"("a\u0000b")") == std::string("a\0b", 3));
}

// As Go's decoder has it: a client's odd name is no reason to turn the client away.
TEST_CASE("Json: bytes that are no UTF-8 and lone surrogates become U+FFFD") {
  CHECK(string_in("\"a\xFFz\"") == "a\uFFFDz");
  CHECK(string_in("\"\xC3\"") == "\uFFFD");
  CHECK(string_in("\"\xE2\x82\"") == "\uFFFD\uFFFD");
  CHECK(string_in("\"\xC0\x80\"") == "\uFFFD\uFFFD");
  CHECK(string_in("\"\xED\xA0\x80\"") == "\uFFFD\uFFFD\uFFFD");
  CHECK(string_in(R"("\ud83d")") == "\uFFFD");
  CHECK(string_in(R"("\ude00x")") == "\uFFFDx");
  CHECK(string_in(R"("\ud83d\u0041")") == "\uFFFDA");
  CHECK(string_in(R"("\ud83d\ud83d\ude00")") == "\uFFFD\U0001F600");
  CHECK(string_in(R"("\\ud83d")") == "\\ud83d");
}

TEST_CASE("Json: random bytes and broken documents are refused or read, and nothing else happens") {
  const std::string whole =
      R"({"verbose":false,"name":"a\u00e4\ud83d\ude00","n":[1,-2,3.5e4,true,null,{"x":"\\"}]})";
  REQUIRE(is_read(whole));
  for (size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(is_read(whole.substr(0, size)));
  Random random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string broken = whole;
    for (uint64_t times = random.below(4) + 1; times > 0; --times) {
      broken[random.below(broken.size())] = static_cast<char>(random.below(256));
    }
    if (const auto document = JsonDocument::parse(broken, kDepth)) document->root().find("name");
  }
}

TEST_CASE("Json: whole numbers beyond the signed ones are read as such") {
  const auto document = JsonDocument::parse("[18446744073709551615, -1, 18446744073709551616]", 4);
  REQUIRE(document.has_value());
  CHECK(document->root().at(0).as_uint() == UINT64_MAX);
  CHECK_FALSE(document->root().at(0).as_int().has_value());
  CHECK_FALSE(document->root().at(1).as_uint().has_value());
  CHECK_FALSE(document->root().at(2).as_uint().has_value());
}

TEST_CASE("Json: a walk passes every member until it is told to stop") {
  const auto document = JsonDocument::parse(R"({"a":1,"b":[true,null],"c":3})", 4);
  REQUIRE(document.has_value());
  std::string seen;
  document->root().each([&](std::string_view name, JsonView value) {
    seen += std::string(name) + "=" + value.text() + " ";
    return name != "b";
  });
  CHECK(seen == "a=1 b=[true,null] ");
}

TEST_CASE("Json: kinds are called what Go calls them") {
  const auto document = JsonDocument::parse(R"([{}, [], "x", 1, 1.5, true, null])", 4);
  REQUIRE(document.has_value());
  std::string kinds;
  document->root().each([&](std::string_view, JsonView value) {
    kinds += std::string(value.kind()) + " ";
    return true;
  });
  CHECK(kinds == "object array string number number bool null ");
}

TEST_CASE("JsonWriter: commas stand between, names before, nothing too much") {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("a", 1);
  json.name("list");
  json.begin_array();
  json.value("x");
  json.value(true);
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.end_array();
  json.field("big", UINT64_MAX);
  json.field("low", INT64_MIN);
  json.field("text", std::string_view("t"));
  json.end_object();
  CHECK(out == R"({"a":1,"list":["x",true,{},[]],"big":18446744073709551615,)"
               R"("low":-9223372036854775808,"text":"t"})");
}

TEST_CASE("JsonWriter: with an indentation it looks as Go's MarshalIndent has it") {
  std::string out;
  JsonWriter json(out, 2);
  json.begin_object();
  json.field("a", 1);
  json.name("empty").begin_array();
  json.end_array();
  json.name("list").begin_array();
  json.value("x");
  json.begin_object();
  json.end_object();
  json.begin_object();
  json.name("raw").raw("null");
  json.end_object();
  json.end_array();
  json.end_object();
  CHECK(out ==
        "{\n  \"a\": 1,\n  \"empty\": [],\n  \"list\": [\n    \"x\",\n    {},\n    {\n"
        "      \"raw\": null\n    }\n  ]\n}");
}

TEST_CASE("JsonWriter: numbers have no more digits than they need") {
  const auto written = [](double number) {
    std::string out;
    JsonWriter(out).value(number);
    return out;
  };
  CHECK(written(2) == "2");
  CHECK(written(0) == "0");
  CHECK(written(0.8) == "0.8");
  CHECK(written(1.0 / 6) == "0.16666666666666666");
  CHECK(written(-1.5) == "-1.5");
}

TEST_CASE("JsonWriter: text is escaped as Go's encoder does") {
  CHECK(written("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(written("\n\r\t\b\f") == R"("\n\r\t\b\f")");
  CHECK(written(std::string_view("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
  CHECK(written("<a>&") == R"("\u003ca\u003e\u0026")");
  CHECK(written("\u00e4\U0001F600") == "\"\u00e4\U0001F600\"");
  CHECK(written("\u2028\u2029\u2027") == "\"\\u2028\\u2029\u2027\"");
  CHECK(written("a\xFF\xC3") == R"("a\ufffd\ufffd")");
  CHECK(written("\xED\xA0\x80") == R"("\ufffd\ufffd\ufffd")");
}

TEST_CASE("JsonWriter: what it writes reads back as the same text") {
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (uint64_t size = random.below(30); size > 0; --size) {
      text += static_cast<char>(random.below(128));
    }
    CHECK(string_in(written(text)) == text);
  }
}

}  // namespace
}  // namespace myelin
