#include "core/jetstream/highway_hash.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

HighwayHash::Key counting_key() {
  HighwayHash::Key key{};
  for (size_t at = 0; at < key.size(); ++at) key[at] = static_cast<uint8_t>(at);
  return key;
}

std::string counting_bytes(size_t size) {
  std::string bytes;
  for (size_t at = 0; at < size; ++at) bytes += static_cast<char>(at);
  return bytes;
}

TEST_CASE("HighwayHash: sums are those of the hash nats-server uses") {
  struct Vector {
    size_t size;
    uint64_t sum;
  };
  // Of the bytes 0, 1, 2... by github.com/minio/highwayhash.
  constexpr Vector kVectors[] = {
      {0, 0x907a56de22c26e53},  {1, 0x7eab43aac7cddd78},  {3, 0x5c6befab8a463d80},
      {4, 0xf205a46893007eda},  {7, 0x4d02ae1738f59482},  {15, 0x40793f86a449f33b},
      {16, 0xcfab3489f97eb832}, {17, 0x19fe67d2c8c5c0e2}, {19, 0x75d9518e2371c504},
      {31, 0x9fc7007ccf035a68}, {32, 0xa0c964d9ecd580fc}, {33, 0x2c90f73ca03181fc},
      {63, 0xab8eebe9bf2139a0}, {64, 0x75542c5d4cd2a6ff}, {100, 0x7e42cc4f1ef90033},
  };
  for (const Vector& vector : kVectors) {
    HighwayHash hash(counting_key());
    hash.update(counting_bytes(vector.size));
    INFO(vector.size);
    CHECK(hash.finish() == vector.sum);
  }
}

TEST_CASE("HighwayHash: bytes may come in pieces of any size") {
  for (size_t cut = 0; cut <= 100; ++cut) {
    const std::string bytes = counting_bytes(100);
    HighwayHash hash(counting_key());
    hash.update(bytes.substr(0, cut));
    hash.update(bytes.substr(cut));
    CHECK(hash.finish() == 0x7e42cc4f1ef90033);
  }
}

}  // namespace
}  // namespace myelin
