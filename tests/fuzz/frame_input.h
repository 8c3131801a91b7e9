// The request for WebSocket, and frames of a client, made of a fuzzer's bytes, or bytes that are
// none. They are masked with zeros, so that what the fuzzer learns of the protocol's words shows in
// its input.
//
//     deed    < 0xf0: opcode and flags of a frame, then the size of its payload, then the payload
//             others: a line that is sent as it stands
#pragma once

#include <algorithm>
#include <string>

#include "tests/conformance/runner/websocket_frames.h"
#include "tests/fuzz/input.h"

namespace myelin {

// Without its empty line: more may be asked for.
inline std::string upgrade_request(bool compresses) {
  std::string text =
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  if (compresses) text += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  return text;
}

inline std::string take_frame(Input& input, bool may_compress) {
  constexpr uint8_t kFirstLine = 0xf0;
  constexpr uint8_t kFirstLongSize = 200;
  const uint8_t deed = input.byte();
  if (deed >= kFirstLine) return std::string(input.line());
  conformance::Frame frame;
  frame.opcode = deed & 0x0fU;
  frame.is_final = (deed & 0x10U) == 0;
  frame.is_masked = (deed & 0x80U) == 0 || (deed & 0x40U) == 0;  // one in four is not
  if ((deed & 0x20U) != 0) {
    // Compressed, or what says it is and is not.
    frame.is_deflated = may_compress && (deed & 0x40U) == 0;
    frame.reserved = frame.is_deflated ? 0 : 4;
  }
  const uint8_t size = input.byte();
  const size_t wanted = size < kFirstLongSize ? size : size_t{size - kFirstLongSize + 1U} * 700;
  frame.payload = input.take(wanted);
  if (size >= kFirstLongSize) frame.payload.resize(wanted, 'x');  // long ones need no long input
  if (deed == 0xe8 || deed == 0xd1) frame.claimed_size = uint64_t{size} << 30U;
  return conformance::encode(frame, 0);
}

}  // namespace myelin
