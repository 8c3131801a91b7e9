// However a connection's bytes are split, the parser finds the same operations: whole, byte by
// byte, and cut in two at every place.
#include <string>
#include <vector>

#include "core/protocol/parser.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

constexpr size_t kCutsMax = 300;

void append_field(std::string& to, std::string_view field) {
  to += std::to_string(field.size()) + ":";
  to += field;
  to += ' ';
}

// Everything an operation says, as one text.
std::string to_string(const Op& op) {
  std::string text = std::to_string(static_cast<int>(op.kind)) + " ";
  if (op.kind == OpKind::kFault) return text + std::to_string(static_cast<int>(op.fault));
  for (const std::string_view field : {op.subject, op.reply, op.queue, op.sid, op.argument,
                                       op.content, op.header_size_text, op.size_text}) {
    append_field(text, field);
  }
  text += std::to_string(op.max) + " " + std::to_string(op.header_size);
  text += op.has_header ? " header" : "";
  if (op.kind == OpKind::kPub) {
    // Deliveries take the CR LF along.
    REQUIRE_THAT(std::string_view(op.content.data() + op.content.size(), 2) == "\r\n");
    REQUIRE_THAT(op.header_size <= op.content.size());
    REQUIRE_THAT(op.held == nullptr || op.held->data() == op.content.data());
  }
  return text;
}

class Session {
 public:
  explicit Session(const Parser::Limits& limits) : limits_(limits) {}

  // Each piece stands in memory of its own, so that a look beyond its end is seen.
  void feed(std::string_view piece) {
    const std::vector<char> own(piece.begin(), piece.end());
    std::string_view input(own.data(), own.size());
    while (!is_over_) {
      const size_t before = input.size();
      const Op op = parser_.next(input, limits_);
      REQUIRE_THAT(input.size() <= before);
      if (op.kind == OpKind::kNeedMore) {
        REQUIRE_THAT(input.empty());
        return;
      }
      ops_.push_back(to_string(op));
      is_over_ = op.kind == OpKind::kFault;
    }
  }

  const std::vector<std::string>& ops() const { return ops_; }

 private:
  Parser parser_;
  Parser::Limits limits_;
  std::vector<std::string> ops_;
  bool is_over_ = false;
};

void try_all_splits(std::string_view text, const Parser::Limits& limits) {
  Session whole(limits);
  whole.feed(text);

  Session bytes(limits);
  for (size_t at = 0; at < text.size(); ++at) bytes.feed(text.substr(at, 1));
  REQUIRE_THAT(bytes.ops() == whole.ops());

  const size_t step = text.size() / kCutsMax + 1;
  for (size_t cut = 1; cut < text.size(); cut += step) {
    Session halves(limits);
    halves.feed(text.substr(0, cut));
    halves.feed(text.substr(cut));
    REQUIRE_THAT(halves.ops() == whole.ops());
  }
}

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  const uint8_t choice = input.byte();
  Parser::Limits limits;
  limits.headers = (choice & 1) != 0;
  if ((choice & 2) != 0) limits.max_control_line = 32;
  if ((choice & 4) != 0) limits.max_payload = 8;
  try_all_splits(input.rest(), limits);
  return 0;
}
