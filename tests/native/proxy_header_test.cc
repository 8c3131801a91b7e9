#include "hosts/uv/proxy_header.h"

#include <catch2/catch.hpp>
#include <string>

namespace myelin {
namespace {

using Status = ProxyHeaderReader::Status;
using namespace std::string_literals;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

struct Read {
  Status status;
  std::string address;
  int port;
  std::string rest;  // the client's
  std::string error;
};

// In pieces of `step` bytes, which must make no difference.
Read read(const std::string& bytes, size_t step) {
  ProxyHeaderReader reader;
  Status status = Status::kMore;
  size_t at = 0;
  std::string_view left;
  while (status == Status::kMore && at < bytes.size()) {
    left = std::string_view(bytes).substr(at, step);
    at += left.size();
    status = reader.take(left);
  }
  std::string rest = status == Status::kNone ? std::string(reader.taken()) : "";
  rest += std::string(left) + bytes.substr(at);
  return {status, reader.address(), reader.port(), rest, reader.error()};
}

Read read(const std::string& bytes) {
  const Read whole = read(bytes, bytes.size());
  for (const size_t step : {1, 3, 16}) {
    const Read pieces = read(bytes, step);
    CHECK(pieces.status == whole.status);
    CHECK(pieces.address == whole.address);
    CHECK(pieces.rest == whole.rest);
    CHECK(pieces.error == whole.error);
  }
  return whole;
}

std::string binary(char command, char family, const std::string& data) {
  return kSignature + command + family + static_cast<char>(data.size() >> 8) +
         static_cast<char>(data.size() & 0xff) + data;
}

const std::string kV4 = "\x0a\x01\x02\x03\x7f\x00\x00\x01\x30\x39\x10\x7e"s;  // 10.1.2.3:12345

TEST_CASE("ProxyHeader: a line says who the client is") {
  const Read v4 = read("PROXY TCP4 192.168.1.50 10.0.0.1 12345 4222\r\nCONNECT {}\r\n");
  CHECK(v4.status == Status::kDone);
  CHECK(v4.address == "192.168.1.50");
  CHECK(v4.port == 12345);
  CHECK(v4.rest == "CONNECT {}\r\n");

  const Read v6 = read("PROXY TCP6 2001:db8::1 2001:DB8::2 1 65535\r\n");
  CHECK(v6.status == Status::kDone);
  CHECK(v6.address == "2001:db8::1");

  CHECK(read("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n").address == "192.0.2.1");
}

TEST_CASE("ProxyHeader: a line of UNKNOWN names nobody") {
  const Read unknown = read("PROXY UNKNOWN and what not\r\nPING\r\n");
  CHECK(unknown.status == Status::kDone);
  CHECK(unknown.address.empty());
  CHECK(unknown.rest == "PING\r\n");
}

TEST_CASE("ProxyHeader: a bad line is bad") {
  const std::string invalid = "invalid PROXY protocol header: ";
  CHECK(read("PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n").error == invalid + "invalid v1 format");
  CHECK(read("PROXY \r\n").error == invalid + "invalid v1 format");
  CHECK(read("PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n").error == invalid + "invalid address");
  CHECK(read("PROXY TCP4 ::1 ::1 1 2\r\n").error == invalid + "TCP4 with IPv6 address");
  CHECK(read("PROXY TCP6 1.2.3.4 ::1 1 2\r\n").error == invalid + "TCP6 with IPv4 address");
  CHECK(read("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n").error == invalid + "invalid protocol UDP4");
  CHECK(read("PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n").status == Status::kBad);
  CHECK(read("PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n").status == Status::kBad);
  CHECK(read("PROXY TCP4 1.2.3.4 5.6.7.8 1 2x\r\n").status == Status::kBad);
  CHECK(read("PROXY " + std::string(200, 'x')).error == invalid + "v1 line too long");
}

TEST_CASE("ProxyHeader: a binary header says who the client is") {
  const Read v4 = read(binary(0x21, 0x11, kV4) + "PING\r\n");
  CHECK(v4.status == Status::kDone);
  CHECK(v4.address == "10.1.2.3");
  CHECK(v4.port == 12345);
  CHECK(v4.rest == "PING\r\n");

  std::string addresses(36, '\0');
  addresses[0] = 0x20;
  addresses[1] = 0x01;
  addresses[15] = 0x07;
  addresses[33] = 0x05;
  const Read v6 = read(binary(0x21, 0x21, addresses));
  CHECK(v6.address == "2001::7");
  CHECK(v6.port == 5);
}

TEST_CASE("ProxyHeader: what a binary header says beyond the addresses is passed over") {
  const Read read_back = read(binary(0x21, 0x11, kV4 + std::string(60'000, 'x')) + "PING\r\n");
  CHECK(read_back.status == Status::kDone);
  CHECK(read_back.address == "10.1.2.3");
  CHECK(read_back.rest == "PING\r\n");
}

TEST_CASE("ProxyHeader: a proxy may speak for itself") {
  for (const std::string& header :
       {binary(0x20, 0x00, ""), binary(0x20, 0x11, kV4), binary(0x21, 0x01, "abc")}) {
    const Read local = read(header + "PING\r\n");
    CHECK(local.status == Status::kDone);
    CHECK(local.address.empty());
    CHECK(local.rest == "PING\r\n");
  }
}

TEST_CASE("ProxyHeader: a bad binary header is bad") {
  CHECK(read(kSignature.substr(0, 11) + "x").error ==
        "invalid PROXY protocol header: invalid signature");
  CHECK(read(binary(0x11, 0x11, kV4)).error ==
        "invalid PROXY protocol header: invalid version 0x10");
  CHECK(read(binary(0x22, 0x11, kV4)).error == "unknown PROXY protocol command: 0x02");
  CHECK(read(binary(0x21, 0x12, kV4)).error ==
        "unsupported PROXY protocol feature: only STREAM protocol supported");
  CHECK(read(binary(0x21, 0x31, kV4)).error ==
        "unsupported PROXY protocol feature: unsupported address family 0x30");
  CHECK(read(binary(0x21, 0x11, "short")).error == "IPv4 address data too short: 5 bytes");
  CHECK(read(binary(0x21, 0x21, kV4)).error == "IPv6 address data too short: 12 bytes");
}

TEST_CASE("ProxyHeader: who sends none is heard from the first byte") {
  for (const char* text : {"CONNECT {}\r\n", "PING\r\n", "\r\nPING\r\n", "PROXIES\r\n"}) {
    const Read plain = read(text);
    CHECK(plain.status == Status::kNone);
    CHECK(plain.rest == text);
  }
}

}  // namespace
}  // namespace myelin
