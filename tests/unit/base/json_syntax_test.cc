#include "core/base/json_syntax.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/base/json.h"

using namespace myelin;

namespace {

constexpr int kDepthMax = 8;

struct Fault {
  std::string_view text;
  std::string_view error;
};

// As nats-server 2.14.5 answers them.
constexpr Fault kFaults[] = {
    {"{", "unexpected EOF"},
    {"nul", "unexpected EOF"},
    {"\"x", "unexpected EOF"},
    {"[1,", "unexpected EOF"},
    {"{\"name\":}", "invalid character '}' looking for beginning of value at offset 9"},
    {"{\"name\":\"A\",}",
     "invalid character '}' looking for beginning of object key string at offset 13"},
    {"{5}", "invalid character '5' looking for beginning of object key string at offset 2"},
    {"{'a':1}", "invalid character '\\'' looking for beginning of object key string at offset 2"},
    {"{\"name\" \"A\"}", "invalid character '\"' after object key at offset 9"},
    {"{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair at offset 8"},
    {"{\"a\":01}", "invalid character '1' after object key:value pair at offset 7"},
    {"[1 2]", "invalid character '2' after array element at offset 4"},
    {"{\"a\":\"\n\"}", "invalid character '\\n' in string literal at offset 7"},
    {"{\"a\":\"\x01\"}", "invalid character '\\x01' in string literal at offset 7"},
    {"\"\\q\"", "invalid character 'q' in string escape code at offset 3"},
    {"\"\\u12g\"", "invalid character 'g' in \\u hexadecimal character escape at offset 6"},
    {"{\"a\":tru}", "invalid character '}' in literal true (expecting 'e') at offset 9"},
    {"{\"a\":-}", "invalid character '}' in numeric literal at offset 7"},
    {"{\"a\":1.}", "invalid character '}' after decimal point in numeric literal at offset 8"},
    {"{\"a\":1e}", "invalid character '}' in exponent of numeric literal at offset 8"},
    {"\xC3\xA9", "invalid character '\xC3\x83' looking for beginning of value at offset 1"},
    {"\xEF\xBB\xBF{}", "invalid character '\xC3\xAF' looking for beginning of value at offset 1"},
};

}  // namespace

TEST_CASE("scan_json: says what is wrong and where, as Go's scanner does") {
  for (const Fault& fault : kFaults) {
    INFO(fault.text);
    CHECK(scan_json(fault.text, kDepthMax, 0).error == fault.error);
  }
}

TEST_CASE("scan_json: agrees with the reader on what is JSON") {
  for (const std::string_view text :
       {"{}", "[]", "0", "-0.5e+3", "\"\\u00e9\\n\"", "[1,[2,{\"a\":null}],true]", " {} "}) {
    INFO(text);
    CHECK(scan_json(text, kDepthMax, 0).is_valid());
    CHECK(JsonDocument::parse(text, kDepthMax).has_value());
  }
  for (const Fault& fault : kFaults) {
    INFO(fault.text);
    CHECK_FALSE(JsonDocument::parse(fault.text, kDepthMax).has_value());
  }
}

TEST_CASE("scan_json: ends where the first document does") {
  CHECK(scan_json("{\"a\":[1]} {}", kDepthMax, 0).end == 9);
}

TEST_CASE("scan_json: counts offsets from the base") {
  CHECK(scan_json("x", kDepthMax, 13).error ==
        "invalid character 'x' looking for beginning of value at offset 14");
}

TEST_CASE("scan_json: nesting is bounded") {
  const std::string deep(100'000, '[');
  CHECK(scan_json(deep, kDepthMax, 0).error == "exceeded max depth");
  CHECK(scan_json("[[[[[[[[]]]]]]]]", kDepthMax, 0).is_valid());
}
