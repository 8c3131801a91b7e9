// Op: one client operation as the parser found it. Its views point into the input or into the
// parser, and are good until the parser is asked for the next one.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/buffer.h"
#include "core/protocol/errors.h"

namespace myelin {

enum class OpKind : uint8_t {
  kNeedMore,  // the input is used up inside an operation
  kPub,       // PUB and HPUB
  kSub,
  kUnsub,
  kConnect,
  kInfo,
  kPing,
  kPong,
  kPlusOk,
  kErr,
  kFault,  // the peer broke the protocol; nothing after it can be trusted
};

struct Op {
  OpKind kind = OpKind::kNeedMore;
  Fault fault = Fault::kBadArguments;  // kFault

  std::string_view subject;  // PUB, SUB
  std::string_view reply;    // PUB: empty if none
  std::string_view queue;    // SUB: empty if none
  std::string_view sid;      // SUB, UNSUB
  int64_t max = -1;          // UNSUB: messages in all, or -1 for "now"
  std::string_view
      argument;  // the whole argument: JSON of CONNECT and INFO, text of -ERR, for trace

  // PUB: headers and payload together, as they are delivered; the two bytes behind `content` are CR
  // LF.
  std::string_view content;
  uint32_t header_size = 0;
  bool has_header = false;            // HPUB
  std::string_view header_size_text;  // as the publisher wrote it
  std::string_view size_text;         // likewise; deliveries repeat it to the letter
  const Buffer* held = nullptr;  // the Buffer that `content` begins, if the parser had to join it
};

}  // namespace myelin
