#include "core/base/text.h"

#include <catch2/catch.hpp>
#include <set>

#include "core/base/random.h"

namespace myelin {
namespace {

TEST_CASE("Text: decimals are written and read back at both ends of their range") {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{9}, uint64_t{10}, UINT64_MAX - 1, UINT64_MAX}) {
    std::string text;
    append_decimal(text, value);
    CHECK(text == std::to_string(value));
    CHECK(parse_decimal(text, 20) == value);
  }
  CHECK(decimal(INT64_MIN) == "-9223372036854775808");
  CHECK(decimal(INT64_MAX) == "9223372036854775807");
  CHECK(decimal(0) == "0");
}

TEST_CASE("Text: what is not plain digits, too long or too large is no decimal") {
  for (const std::string_view text : {"", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x1", "\xD9\xA1",
                                      "18446744073709551616", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text, 20).has_value());
  }
  CHECK_FALSE(parse_decimal("1234567890", 9).has_value());
  CHECK(parse_decimal("000000001", 9) == 1);
  CHECK_FALSE(parse_decimal("0000000001", 9).has_value());
}

TEST_CASE("Text: case is ignored in ASCII and nowhere else") {
  CHECK(equals_ignoring_case("Max_Payload", "max_payload"));
  CHECK_FALSE(equals_ignoring_case("abc", "abcd"));
  CHECK_FALSE(equals_ignoring_case("[", "{"));
  CHECK_FALSE(equals_ignoring_case("@", "`"));
  CHECK_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4"));
}

TEST_CASE("Text: lower case is ASCII's, and the rest stays as it is") {
  CHECK(lower_case("Max_Payload-9[\xC3\x84") == "max_payload-9[\xC3\x84");
}

TEST_CASE("Text: a hexadecimal digit has its value in either case, and nothing else has one") {
  CHECK(hex_digit('0') == 0);
  CHECK(hex_digit('9') == 9);
  CHECK(hex_digit('a') == 10);
  CHECK(hex_digit('F') == 15);
  for (const char c : {'/', ':', '@', 'G', '`', 'g', '\0', '\xE1'}) CHECK(hex_digit(c) == -1);
}

TEST_CASE("Text: blanks are trimmed at both ends, and those in between are kept") {
  CHECK(trimmed(" \ta b \t") == "a b");
  CHECK(trimmed("\na ") == "\na");
  CHECK(trimmed("\r\na\v\f", kWhitespace) == "a");
  CHECK(trimmed(" \t").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("Text: base64 and base32 give RFC 4648's own samples, without padding") {
  CHECK(base64_url("").empty());
  CHECK(base64_url("f") == "Zg");
  CHECK(base64_url("fo") == "Zm8");
  CHECK(base64_url("foo") == "Zm9v");
  CHECK(base64_url("foobar") == "Zm9vYmFy");
  CHECK(base64_url("\xFB\xEF\xFF") == "--__");
  CHECK(base32("").empty());
  CHECK(base32("f") == "MY");
  CHECK(base32("fo") == "MZXQ");
  CHECK(base32("foo") == "MZXW6");
  CHECK(base32("foob") == "MZXW6YQ");
  CHECK(base32("fooba") == "MZXW6YTB");
  CHECK(base32("foobar") == "MZXW6YTBOI");
}

TEST_CASE("Text: base64 and base32 are read back") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    CHECK(decode_base64(base64(bytes)) == bytes);
    CHECK(decode_base64_url(base64_url(bytes)) == bytes);
    CHECK(decode_base32(base32(bytes)) == bytes);
    bytes += static_cast<char>(byte * 7);
  }
}

TEST_CASE("Text: what is no base64 or base32 is refused") {
  CHECK_FALSE(decode_base64("Zg"));
  CHECK_FALSE(decode_base64("Zg="));
  CHECK_FALSE(decode_base64("Z==="));
  CHECK_FALSE(decode_base64("===="));
  CHECK_FALSE(decode_base64("Zg==Zg=="));
  CHECK_FALSE(decode_base64("--__"));
  CHECK_FALSE(decode_base64_url("Zg=="));
  CHECK_FALSE(decode_base64_url("Z"));
  CHECK_FALSE(decode_base64_url("Zm9vZ"));
  CHECK_FALSE(decode_base64_url("//++"));
  CHECK_FALSE(decode_base64_url(std::string("Z\0", 2)));
  CHECK_FALSE(decode_base32("M"));
  CHECK_FALSE(decode_base32("MZX"));
  CHECK_FALSE(decode_base32("MZXW6Y"));
  CHECK_FALSE(decode_base32("my"));
  CHECK_FALSE(decode_base32("M1"));
  CHECK_FALSE(decode_base32("MY\n"));
}

TEST_CASE("Text: base64 may be broken into lines") {
  CHECK(decode_base64("Zm9v\r\nYmFy\n") == "foobar");
  CHECK(decode_base64_url("Zm9v\nYmFy") == "foobar");
}

TEST_CASE("Text: durations read as Go prints them") {
  const auto print = [](int64_t ns) { return go_duration(Duration(ns)); };
  CHECK(print(0) == "0s");
  CHECK(print(1) == "1ns");
  CHECK(print(1100) == "1.1\u00b5s");
  CHECK(print(2'200'000) == "2.2ms");
  CHECK(print(250'000'000) == "250ms");
  CHECK(print(1'500'000'000) == "1.5s");
  CHECK(print(59'999'999'999) == "59.999999999s");
  CHECK(print(60'000'000'000) == "1m0s");
  CHECK(print(120'000'000'000) == "2m0s");
  CHECK(print(245'010'000'000) == "4m5.01s");
  CHECK(print(3'600'000'000'000) == "1h0m0s");
  CHECK(print(18'367'001'000'000) == "5h6m7.001s");
  CHECK(print(480'000'000'001) == "8m0.000000001s");
  CHECK(print(-1'500'000'000) == "-1.5s");
  CHECK(print(INT64_MAX) == "2562047h47m16.854775807s");
  CHECK(print(INT64_MIN) == "-2562047h47m16.854775808s");
}

TEST_CASE("Text: FNV-1a gives its published values and continues where it stopped") {
  CHECK(fnv1a_32("") == 0x811c9dc5u);
  CHECK(fnv1a_32("a") == 0xe40c292cu);
  CHECK(fnv1a_32("foobar") == 0xbf9cf968u);
  CHECK(fnv1a_32("bar", fnv1a_32("foo")) == fnv1a_32("foobar"));
}

}  // namespace
}  // namespace myelin
