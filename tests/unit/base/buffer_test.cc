#include "core/base/buffer.h"

#include <catch2/catch.hpp>
#include <cstring>

namespace myelin {
namespace {

TEST_CASE("Buffer: a default one owns nothing") {
  const Buffer buffer;
  CHECK_FALSE(buffer);
  CHECK(buffer.capacity() == 0);
  CHECK_FALSE(buffer.is_shared());
}

TEST_CASE("Buffer: copies share the bytes and the last one frees them") {
  Buffer first = Buffer::copy_of("hello");
  CHECK(first.capacity() == 5);
  CHECK_FALSE(first.is_shared());
  Buffer second = first;
  CHECK(first.is_shared());
  CHECK(second.data() == first.data());
  first = Buffer();
  CHECK_FALSE(second.is_shared());
  CHECK(std::string_view(second.data(), 5) == "hello");
}

TEST_CASE("Buffer: moving passes the share on") {
  Buffer first = Buffer::copy_of("hello");
  const Buffer second = std::move(first);
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): the moved-from state is the claim
  CHECK_FALSE(second.is_shared());
}

TEST_CASE("Buffer: assigning to itself or to a sharer keeps the bytes") {
  Buffer first = Buffer::copy_of("hello");
  Buffer& alias = first;
  first = alias;
  CHECK(std::string_view(first.data(), 5) == "hello");
  CHECK_FALSE(first.is_shared());
  const Buffer second = first;
  first = second;
  CHECK(first.is_shared());
}

TEST_CASE("Buffer: an empty copy is a buffer of no capacity") {
  const Buffer buffer = Buffer::copy_of("");
  CHECK(buffer);
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("Chunk: shows its slice of the buffer") {
  const Chunk chunk{.buffer = Buffer::copy_of("PING\r\nPONG\r\n"), .offset = 6, .size = 4};
  CHECK(chunk.text() == "PONG");
}

TEST_CASE("Bytes: text and bytes are two views of one memory") {
  const std::string_view text("a\0b", 3);
  CHECK(as_text(as_bytes(text)) == text);
  CHECK(as_text(as_bytes(text)).data() == text.data());
}

}  // namespace
}  // namespace myelin
