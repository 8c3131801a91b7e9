#include "hosts/websocket/request_reader.h"

#include <catch2/catch.hpp>
#include <optional>

namespace myelin {
namespace {

using Progress = RequestReader::Progress;

// Feeds a text in pieces of `step` bytes, keeping what was left.
struct Reading {
  RequestReader reader;
  Progress progress = Progress::kNeedsMore;
  std::string rest;

  explicit Reading(std::string_view text, size_t step = SIZE_MAX) {
    while (!text.empty() && progress == Progress::kNeedsMore) {
      rest += text.substr(0, step);
      text.remove_prefix(std::min(step, text.size()));
      std::string_view input = rest;
      progress = reader.take(input);
      rest.erase(0, rest.size() - input.size());
    }
  }
};

int status_of(std::string_view text) {
  const Reading reading(text);
  return reading.progress == Progress::kRefused ? reading.reader.status() : 0;
}

}  // namespace

TEST_CASE("RequestReader: a request is read, in whatever pieces it comes") {
  constexpr std::string_view kText =
      "GET /varz?a=b HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\nrange: bytes=0-1\r\n\r\nrest";
  for (const size_t step : {SIZE_MAX, size_t{1}, size_t{7}}) {
    const Reading reading(kText, step);
    REQUIRE(reading.progress == Progress::kDone);
    const HttpRequest& request = reading.reader.request();
    CHECK(request.method == "GET");
    CHECK(request.target == "/varz?a=b");
    CHECK(request.version == 11);
    CHECK(request.keeps_alive);
    CHECK(request.if_none_match == "\"x\"");
    CHECK(request.range == "bytes=0-1");
    CHECK(std::string("rest").starts_with(reading.rest));
  }
}

TEST_CASE("RequestReader: who keeps a connection") {
  CHECK(Reading("GET / HTTP/1.0\r\n\r\n").reader.request().keeps_alive == false);
  CHECK(Reading("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").reader.request().keeps_alive);
  CHECK_FALSE(Reading("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                  .reader.request()
                  .keeps_alive);
}

TEST_CASE("RequestReader: a body is thrown away") {
  const Reading sized("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET", 3);
  CHECK(sized.progress == Progress::kDone);
  CHECK(std::string("GET").starts_with(sized.rest));
  const Reading chunked(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n",
      1);
  CHECK(chunked.progress == Progress::kDone);
}

TEST_CASE("RequestReader: who waits to be asked for a body is answered without it") {
  const Reading reading(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(reading.progress == Progress::kDone);
  CHECK(reading.reader.request().leaves_body);
}

TEST_CASE("RequestReader: a large body is not read") {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const char* body : {"Content-Length: 99999999\r\n\r\n",
                           "Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n",
                           "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"}) {
    const Reading reading(head + body);
    CHECK(reading.progress == Progress::kDone);
    CHECK(reading.reader.request().leaves_body);
  }
}

TEST_CASE("RequestReader: what is no request is refused") {
  CHECK(status_of("\x16\x03\x01\x02\r\n\r\n") == 400);
  CHECK(status_of("GET\r\n\r\n") == 400);
  CHECK(status_of("GET /\x01 HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost h\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n") ==
        400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n") == 505);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
}

TEST_CASE("RequestReader: heads and what stands between chunks are bounded") {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
  CHECK(status_of(head + "X: " + std::string(RequestReader::kHeadSizeMax, 'x')) == 431);
  CHECK(status_of("GET /" + std::string(RequestReader::kHeadSizeMax, 'x')) == 431);
  std::string many = head;
  while (many.size() < 4 * RequestReader::kHeadSizeMax) many += "X-Field: 1\r\n";
  CHECK(status_of(many) == 431);
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(status_of(chunked + "1;" + std::string(4 * RequestReader::kHeadSizeMax, 'x')) == 400);
}

}  // namespace myelin
