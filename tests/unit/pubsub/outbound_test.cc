#include "core/pubsub/outbound.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/limits.h"

namespace myelin {
namespace {

std::string text_of(const std::vector<Chunk>& chunks) {
  std::string text;
  for (const Chunk& chunk : chunks) text += chunk.text();
  return text;
}

}  // namespace

TEST_CASE("Outbound: pieces come out in the order they went in, shared ones among them") {
  Outbound outbound;
  const Buffer payload = Buffer::copy_of("xxpayloadxx");
  outbound.append("one ");
  outbound.append_shared(payload, 2, 7);
  outbound.append(" two");
  CHECK(outbound.pending() == 15);
  CHECK(text_of(outbound.take(1000)) == "one payload two");
  CHECK(!outbound.has_queued());
}

TEST_CASE("Outbound: pending falls only with what was written") {
  Outbound outbound;
  outbound.append("hello");
  outbound.take(1000);
  CHECK(outbound.in_flight() == 5);
  outbound.written(2);
  CHECK(outbound.pending() == 3);
  outbound.written(100);
  CHECK(outbound.pending() == 0);
}

TEST_CASE("Outbound: take stops at its bound, inside a chunk if need be") {
  Outbound outbound;
  const Buffer payload = Buffer::copy_of("0123456789");
  outbound.append("ab");
  outbound.append_shared(payload, 0, 10);
  CHECK(text_of(outbound.take(5)) == "ab012");
  CHECK(outbound.in_flight() == 5);
  CHECK(text_of(outbound.take(3)) == "345");
  CHECK(text_of(outbound.take(100)) == "6789");
  CHECK(outbound.in_flight() == 12);
}

TEST_CASE("Outbound: what is appended behind a bounded take does not disturb what was taken") {
  Outbound outbound;
  outbound.append("abcdef");
  const std::vector<Chunk> first = outbound.take(4);
  outbound.append("ghi");
  CHECK(text_of(first) == "abcd");
  CHECK(text_of(outbound.take(100)) == "efghi");
}

TEST_CASE("Outbound: a piece larger than any block is kept in one") {
  Outbound outbound;
  const std::string large(3 * kOutboundBlockMax, 'x');
  outbound.append("a");
  outbound.append(large);
  outbound.append("b");
  CHECK(text_of(outbound.take(UINT64_MAX)) == "a" + large + "b");
}

TEST_CASE("Outbound: to discard forgets what is queued, not what was handed out") {
  Outbound outbound;
  outbound.append("abc");
  outbound.take(3);
  outbound.append("def");
  outbound.discard();
  CHECK(!outbound.has_queued());
  CHECK(outbound.pending() == 3);
  outbound.append("g");
  CHECK(text_of(outbound.take(100)) == "g");
}

}  // namespace myelin
