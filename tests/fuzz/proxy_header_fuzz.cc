// A proxy's header may be any bytes: what is taken and what is left are all there is, in whatever
// pieces it comes, and little is kept.
#include <string>

#include "hosts/uv/proxy_header.h"
#include "tests/fuzz/input.h"

namespace {

using namespace myelin;

constexpr size_t kKeptMax = 107;

struct Outcome {
  ProxyHeaderReader::Status status = ProxyHeaderReader::Status::kMore;
  std::string address;
  uint16_t port = 0;
  std::string error;
  size_t left = 0;
};

Outcome read(std::string_view bytes, size_t step) {
  ProxyHeaderReader reader;
  Outcome outcome;
  while (outcome.status == ProxyHeaderReader::Status::kMore && !bytes.empty()) {
    std::string_view piece = bytes.substr(0, step);
    const size_t given = piece.size();
    outcome.status = reader.take(piece);
    REQUIRE_THAT(piece.size() <= given);
    REQUIRE_THAT(reader.taken().size() <= kKeptMax);
    bytes.remove_prefix(given - piece.size());
  }
  outcome.address = reader.address();
  outcome.port = reader.port();
  outcome.error = reader.error();
  outcome.left = bytes.size();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read(bytes, size + 1);
  const Outcome pieces = read(bytes, 1);
  REQUIRE_THAT(whole.status == pieces.status);
  REQUIRE_THAT(whole.address == pieces.address);
  REQUIRE_THAT(whole.port == pieces.port);
  REQUIRE_THAT(whole.error == pieces.error);
  REQUIRE_THAT(whole.left == pieces.left);
  REQUIRE_THAT((whole.status == ProxyHeaderReader::Status::kBad) != whole.error.empty());
  return 0;
}
