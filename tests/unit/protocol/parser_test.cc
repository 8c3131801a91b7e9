#include "core/protocol/parser.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/base/text.h"

namespace myelin {
namespace {

// An operation as a line of text, so that whole conversations compare.
std::string shown(const Op& op) {
  switch (op.kind) {
    case OpKind::kNeedMore:
      return "";
    case OpKind::kPub:
      return "PUB " + std::string(op.subject) + "|" + std::string(op.reply) + "|" +
             std::string(op.size_text) + "|" + (op.has_header ? "h" : "-") +
             decimal(op.header_size) + "|" + std::string(op.content) + "\n";
    case OpKind::kSub:
      return "SUB " + std::string(op.subject) + "|" + std::string(op.queue) + "|" +
             std::string(op.sid) + "\n";
    case OpKind::kUnsub:
      return "UNSUB " + std::string(op.sid) + "|" + decimal(op.max) + "\n";
    case OpKind::kFault:
      return "FAULT " + std::string(row_of(op.fault).text) + "\n";
    default:
      return "OP " + decimal(static_cast<int>(op.kind)) + " " + std::string(op.argument) + "\n";
  }
}

constexpr Parser::Limits kLimits{.max_control_line = 100, .max_payload = 1000, .headers = true};

std::string parse(const std::vector<std::string>& pieces) {
  Parser parser;
  std::string ops;
  for (const std::string& piece : pieces) {
    // A copy of exactly the piece's size, so that a sanitizer sees a read beyond it.
    const std::vector<char> exact(piece.begin(), piece.end());
    std::string_view input(exact.data(), exact.size());
    while (!input.empty()) {
      const Op& op = parser.next(input, kLimits);
      ops += shown(op);
      if (op.kind == OpKind::kFault) return ops;
    }
  }
  return ops;
}

const std::string kPadding = "PUB padding 60\r\n" + std::string(60, 'p') + "\r\n";

const std::vector<std::string> kConversations = {
    "CONNECT {\"verbose\":false}\r\nPING\r\nPONG\r\n",
    "pub a 5\r\nhello\r\nPUB a b 0\r\n\r\nPUB  a\tb  007  \r\n7654321\r\n" + kPadding,
    "HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHPUB a re 12 12\r\nNATS/1.0\r\n\r\n\r\n" + kPadding,
    "SUB a.> 1\r\nSUB a q 2\r\nUNSUB 1\r\nUNSUB 2 10\r\nUNSUB 2 x\r\n" + kPadding,
    "PING with words\r\n+OK whatever\r\n-ERR 'no'\r\nINFO {}\r\nCONNECT{}\r\n" + kPadding,
    "PUB a 5\nhello\r\n" + kPadding,
    "PUB a\rb 2\r\nxx\r\n" + kPadding,
    "PUB a 5\r\nhello!\r\n" + kPadding,
    "PUB a 5\r\nhello\n" + kPadding,
    "PUB a 1001\r\n" + kPadding,
    "PUB a 1234567890\r\n" + kPadding,
    "PUB a\r\n" + kPadding,
    "PUB a b c 1\r\nx\r\n" + kPadding,
    "HPUB a 5 4\r\nabcd\r\n" + kPadding,
    "PUB " + std::string(99, 's') + " 1\r\nx\r\n" + kPadding,
    "SUB " + std::string(98, 's') + " 1\r\nPING\r\n" + kPadding,
    "BAD a\r\n" + kPadding,
    "\r\nPING\r\n" + kPadding,
    "PUBX\r\n" + kPadding,
    "SUB \n a 1\r\n" + kPadding,
    "MSG a 1 0\r\n\r\n" + kPadding,
};

}  // namespace

TEST_CASE("Parser: operations are the same wherever the bytes are cut") {
  for (const std::string& text : kConversations) {
    const std::string whole = parse({text});
    for (size_t cut = 1; cut < text.size(); ++cut) {
      INFO(text << " cut at " << cut);
      CHECK(parse({text.substr(0, cut), text.substr(cut)}) == whole);
    }
    std::vector<std::string> bytes;
    for (const char byte : text) bytes.emplace_back(1, byte);
    CHECK(parse(bytes) == whole);
  }
}

TEST_CASE("Parser: a line without end is refused at max_control_line") {
  Parser parser;
  const std::string flood(1000, 'x');
  std::string_view head = "PUB ";
  CHECK(parser.next(head, kLimits).kind == OpKind::kNeedMore);
  std::string_view input = flood;
  const Op& op = parser.next(input, kLimits);
  CHECK(op.kind == OpKind::kFault);
  CHECK(op.fault == Fault::kMaxControlLine);
}

TEST_CASE("Parser: a PING may be followed by anything, without being remembered") {
  Parser parser;
  std::string_view head = "PING ";
  CHECK(parser.next(head, kLimits).kind == OpKind::kNeedMore);
  const std::string flood(100000, 'x');
  std::string_view input = flood;
  CHECK(parser.next(input, kLimits).kind == OpKind::kNeedMore);
  CHECK(input.empty());
  input = "\n";
  CHECK(parser.next(input, kLimits).kind == OpKind::kPing);
}

TEST_CASE("Parser: HPUB without negotiated headers is refused") {
  Parser parser;
  std::string_view input = "HPUB a 0 0\r\n\r\n";
  Parser::Limits limits = kLimits;
  limits.headers = false;
  CHECK(parser.next(input, limits).fault == Fault::kBadArguments);
}

TEST_CASE("Parser: max_payload is raised from the line alone") {
  CHECK(parse({"PUB a 1001\r\n"}) == "FAULT Maximum Payload Violation\n");
}

TEST_CASE("Parser: a wrong verb is refused on its first wrong byte") {
  CHECK(parse({"PUX"}) == "FAULT Unknown Protocol Operation\n");
  CHECK(parse({"M"}) == "FAULT Unknown Protocol Operation\n");
  CHECK(parse({"CONNECX"}) == "FAULT Unknown Protocol Operation\n");
}

}  // namespace myelin
