#include "core/jetstream/s2_stream.h"

#include <catch2/catch.hpp>

#include "core/base/random.h"
#include "core/base/text.h"
#include "core/jetstream/s2_block.h"

namespace myelin {
namespace {

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes += static_cast<char>(digit(hex[at]) * 16 + digit(hex[at + 1]));
  }
  return bytes;
}

// What the frames below hold, written by github.com/klauspost/compress/s2.
std::string plain() {
  std::string text;
  for (int at = 0; at < 40; ++at) text += "order " + decimal(at) + " of somebody, ";
  for (int at = 0; at < 500; ++at) text += "ab";
  text.append(70000, 'x');
  return text + "the end";
}
constexpr std::string_view kFast =
    "ff06000053327354774f00f90000ec7864c0c5b104506f726465722030206f6620736f6d65626f64792c"
    "200915003115000c003215000c003315000c003415000c003515000c003615000c003715000c00381500"
    "0c003915000c003156d30052d400003152d500003152d600003152d700003152d800003152d900003152"
    "da00003152db00003152dc00003215000d003215000d003215000d003215000d003215000d003215000d"
    "003215000d003215000d003215000d003215000d003315000d003315000d003315000d003315000d0033"
    "15000d003315000d003315000d003315000d003315000d003315000704616211021900da020478781d00"
    "6a11001874686520656e64";
constexpr std::string_view kBest =
    "ff06000053327354774f00f60000ec7864c0c5b104506f726465722030206f6620736f6d65626f64792c"
    "200915003115000c003215000c003315000c003415000c003515000c003615000c003715000c00381500"
    "0c003952bd0056d30052d400003152d500003152d600003152d700003152d800003152d900003152da00"
    "003152db00003152dc00003215000d003256b00152dc00003215000d003215000d003215000d00321500"
    "0d003215000d003215000d003215000d003315000d003315000d003315000d003315000d003315000d00"
    "3315000d003315000d003315000d003315000d003315000704616211021900da02007811011d00631100"
    "1874686520656e64";

Result<std::string> read(std::string_view frames, size_t piece) {
  S2Reader reader;
  std::string plain;
  for (size_t at = 0; at < frames.size(); at += piece) {
    std::string_view input = frames.substr(at, piece);
    for (;;) {
      const auto bytes = reader.next(input);
      if (!bytes.ok()) return bytes.error();
      if (bytes.value().empty()) break;
      plain += bytes.value();
    }
  }
  if (!reader.is_between_chunks()) return Error{Errc::kCorrupt, "cut"};
  return plain;
}

std::string write(std::string_view bytes, size_t piece) {
  S2Writer writer;
  std::string frames;
  for (size_t at = 0; at < bytes.size(); at += piece) writer.write(bytes.substr(at, piece), frames);
  writer.finish(frames);
  return frames;
}

TEST_CASE("S2Reader: what S2's own writer made is read, repeats of all lengths included") {
  for (const std::string_view hex : {kFast, kBest}) {
    for (const size_t piece : {1u, 7u, 100000u}) {
      const auto text = read(from_hex(hex), piece);
      REQUIRE(text.ok());
      CHECK(text.value() == plain());
    }
  }
}

TEST_CASE("S2Reader: what was written is read again") {
  Random random(1);
  std::string noise;
  for (int at = 0; at < 20000; ++at) noise += random.base62(10);
  for (const std::string& text : {std::string("a"), plain(), noise, plain() + noise + plain()}) {
    for (const size_t piece : {1000u, 1000000u}) {
      const std::string frames = write(text, piece);
      const auto again = read(frames, 4096);
      REQUIRE(again.ok());
      CHECK(again.value() == text);
    }
  }
  CHECK(write(plain(), 100000).size() < plain().size() / 10);
}

TEST_CASE("S2Reader: padding and an index are passed over") {
  std::string frames = write("hello", 10);
  frames += std::string("\xfe\x03\x00\x00zzz\x99\x00\x00\x00", 11);
  frames += write("world", 10);
  CHECK(read(frames, 3).value() == "helloworld");
}

TEST_CASE("S2Reader: bytes that are no S2 stream are an error") {
  CHECK_FALSE(read("hello, world", 100).ok());
  CHECK_FALSE(read(std::string("\x01\x05\x00\x00", 4), 100).ok());
  const std::string frames = write(plain(), 100000);
  for (size_t at = 0; at < frames.size(); at += 13) {
    std::string damaged = frames;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x11);
    const auto text = read(damaged, 100000);
    if (text.ok()) CHECK(text.value() == plain());
  }
}

TEST_CASE("S2 blocks: a block that reaches beyond what is there is refused") {
  std::string to;
  const auto refuses = [&](std::string_view hex) { return !s2_decompress(from_hex(hex), to); };
  CHECK(refuses(""));
  CHECK(refuses("0100"));              // a literal without its byte
  CHECK(refuses("0500610100"));        // a copy from nowhere: no distance yet
  CHECK(refuses("05006111ff"));        // from before the beginning
  CHECK(refuses("02006101010000"));    // longer than the block
  CHECK(refuses("ffffffff0f"));        // a size that nobody writes
  CHECK_FALSE(refuses("0500610101"));  // five a's
  CHECK(to == "aaaaa");
}

}  // namespace
}  // namespace myelin
