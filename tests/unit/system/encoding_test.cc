#include "core/system/encoding.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/jetstream/s2_stream.h"

namespace myelin {
namespace {

std::string headers_with(const std::string& accepted) {
  return "NATS/1.0\r\nAccept-Encoding: " + accepted + "\r\n\r\n";
}

std::string body_of(const Encoded& what) { return what.content.substr(what.header_size); }

}  // namespace

TEST_CASE("Encoding: what a request accepts is found in its headers") {
  CHECK(accepted_encoding("") == Encoding::kNone);
  CHECK(accepted_encoding("NATS/1.0\r\n\r\n") == Encoding::kNone);
  CHECK(accepted_encoding(headers_with("Snappy")) == Encoding::kSnappy);
  CHECK(accepted_encoding(headers_with("gzip, s2")) == Encoding::kSnappy);
  CHECK(accepted_encoding(headers_with("gzip")) == Encoding::kGzip);
  CHECK(accepted_encoding(headers_with("br")) == Encoding::kIdentity);
}

TEST_CASE("Encoding: what asks for nothing has no headers") {
  const Encoded plain = encoded("text", Encoding::kNone);
  CHECK(plain.header_size == 0);
  CHECK(plain.content == "text");
}

TEST_CASE("Encoding: Snappy's stream is read again, whatever its size") {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{70'000}, size_t{200'001}}) {
    std::string text;
    while (text.size() < size) text += "line " + std::to_string(text.size()) + "\n";
    const Encoded packed = encoded(text, Encoding::kSnappy);
    CHECK(packed.content.find("Content-Encoding: snappy\r\n\r\n") != std::string::npos);
    const std::string stream = body_of(packed);
    if (size > 0) CHECK(stream.substr(0, 10) == std::string("\xff\x06\x00\x00sNaPpY", 10));
    if (size > 1000) CHECK(stream.size() < text.size());
    std::string_view input = stream;
    std::string read;
    S2Reader reader;
    while (true) {
      const auto piece = reader.next(input);
      REQUIRE(piece.ok());
      if (piece.value().empty()) break;
      read += piece.value();
    }
    CHECK(read == text);
  }
}

TEST_CASE("Encoding: gzip is one member of stored blocks") {
  const std::string packed = body_of(encoded("hello", Encoding::kGzip));
  const std::string wanted(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x05\x00\xfa\xffhello\x86\xa6\x10\x36\x05\x00"
      "\x00\x00",
      28);
  CHECK(packed == wanted);
  // A block holds 65535 bytes.
  CHECK(body_of(encoded(std::string(65'536, 'x'), Encoding::kGzip)).size() ==
        10 + 5 + 65'535 + 5 + 1 + 8);
}

}  // namespace myelin
