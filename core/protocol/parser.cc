#include "core/protocol/parser.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/check.h"
#include "core/base/text.h"
#include "core/limits.h"

namespace myelin {
namespace {

struct Verb {
  std::string_view name;  // lower case
  OpKind kind;
  bool needs_space;   // an argument follows, after at least one SP or HT
  bool has_argument;  // else the rest of the line is ignored
};

constexpr std::array<Verb, 11> kVerbs{{
    {"pub", OpKind::kPub, true, true},
    {"hpub", OpKind::kPub, true, true},
    {"sub", OpKind::kSub, true, true},
    {"unsub", OpKind::kUnsub, true, true},
    {"ping", OpKind::kPing, false, false},
    {"pong", OpKind::kPong, false, false},
    {"connect", OpKind::kConnect, false, true},
    {"info", OpKind::kInfo, false, true},
    {"+ok", OpKind::kPlusOk, false, false},
    {"-err", OpKind::kErr, true, true},
    {"hmsg", OpKind::kFault, true, true},  // a server's word; from a client it leads nowhere
}};
constexpr size_t kVerbSizeMax = 7;

bool is_space(char c) { return c == ' ' || c == '\t'; }

Op fault(Fault what) {
  Op op;
  op.kind = OpKind::kFault;
  op.fault = what;
  return op;
}

// The verb `text` begins with, nullptr if it may yet become one. Sets `wrong` when it cannot.
const Verb* find_verb(std::string_view text, bool& wrong) {
  // Nearly everything a busy server hears begins with this one.
  if (text.size() > 3 && text[3] == ' ' && (text[0] | 0x20) == 'p' && (text[1] | 0x20) == 'u' &&
      (text[2] | 0x20) == 'b') {
    return kVerbs.data();
  }
  char lower[kVerbSizeMax];
  const size_t size = std::min(text.size(), kVerbSizeMax);
  for (size_t index = 0; index < size; ++index) lower[index] = ascii_lower(text[index]);
  const std::string_view start(lower, size);
  bool possible = false;
  for (const Verb& verb : kVerbs) {
    if (start.substr(0, verb.name.size()) == verb.name) return &verb;
    possible = possible || verb.name.substr(0, size) == start;
  }
  wrong = !possible;
  return nullptr;
}

// Splits on runs of SP and HT (and CR and LF where `ends_too`) into at most N parts; N + 1 means
// too many.
template <size_t N>
size_t split(std::string_view text, std::array<std::string_view, N>& parts, bool ends_too) {
  size_t count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto separates = [ends_too](char c) {
    return is_space(c) || (ends_too && (c == '\r' || c == '\n'));
  };
  for (;;) {
    while (at != end && separates(*at)) ++at;
    if (at == end) return count;
    const char* const begin = at;
    while (at != end && !separates(*at)) ++at;
    if (count == N) return N + 1;
    parts[count++] = std::string_view(begin, static_cast<size_t>(at - begin));
  }
}

int64_t parse_size(std::string_view text) {
  if (text.empty() || text.size() > kSizeDigitsMax) return -1;
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// PUB subject [reply] size, HPUB subject [reply] header_size total_size.
Op read_pub(std::string_view argument, bool has_header, const Parser::Limits& limits) {
  if (has_header && !limits.headers) return fault(Fault::kBadArguments);
  std::array<std::string_view, 4> parts;
  const size_t count = split(argument, parts, false);
  const size_t sizes = has_header ? 2 : 1;
  if (count != 1 + sizes && count != 2 + sizes) return fault(Fault::kBadArguments);

  Op op;
  op.kind = OpKind::kPub;
  op.argument = argument;
  op.subject = parts[0];
  if (count == 2 + sizes) op.reply = parts[1];
  op.size_text = parts[count - 1];
  const int64_t size = parse_size(op.size_text);
  if (size < 0) return fault(Fault::kBadArguments);
  if (has_header) {
    op.has_header = true;
    op.header_size_text = parts[count - 2];
    const int64_t header_size = parse_size(op.header_size_text);
    if (header_size < 0 || header_size > size) return fault(Fault::kBadArguments);
    op.header_size = static_cast<uint32_t>(header_size);
  }
  if (limits.max_payload >= 0 && size > limits.max_payload) return fault(Fault::kMaxPayload);
  op.content = std::string_view(nullptr, static_cast<size_t>(size));
  return op;
}

Op read_sub(std::string_view argument) {
  std::array<std::string_view, 3> parts;
  const size_t count = split(argument, parts, true);
  if (count != 2 && count != 3) return fault(Fault::kBadArguments);
  Op op;
  op.kind = OpKind::kSub;
  op.argument = argument;
  op.subject = parts[0];
  if (count == 3) op.queue = parts[1];
  op.sid = parts[count - 1];
  return op;
}

Op read_unsub(std::string_view argument) {
  std::array<std::string_view, 2> parts;
  const size_t count = split(argument, parts, true);
  if (count != 1 && count != 2) return fault(Fault::kBadArguments);
  Op op;
  op.kind = OpKind::kUnsub;
  op.argument = argument;
  op.sid = parts[0];
  if (count == 2) op.max = parse_size(parts[1]);
  return op;
}

Op read_argument(const Verb& verb, std::string_view argument, const Parser::Limits& limits) {
  switch (verb.kind) {
    case OpKind::kPub:
      return read_pub(argument, verb.name.front() == 'h', limits);
    case OpKind::kSub:
      return read_sub(argument);
    case OpKind::kUnsub:
      return read_unsub(argument);
    default: {
      Op op;
      op.kind = verb.kind;
      op.argument = argument;
      return op;
    }
  }
}

Op simple(OpKind kind) {
  Op op;
  op.kind = kind;
  return op;
}

}  // namespace

Op Parser::next(std::string_view& input, const Limits& limits) {
  if (whole_) release();
  switch (state_) {
    case State::kPayload:
      return join_payload(input);
    case State::kSkipLine:
      return skip_line(input);
    case State::kLine:
      break;
  }
  if (input.empty()) return {};
  return line_.empty() ? next_from_line(input, limits) : join_line(input, limits);
}

void Parser::release() {
  whole_ = false;
  std::string().swap(line_);
  payload_ = Buffer();
  filled_ = 0;
}

Op Parser::next_from_line(std::string_view& input, const Limits& limits) {
  size_t used = 0;
  Op op = read_line(input, used, limits);
  if (op.kind == OpKind::kNeedMore) {
    if (state_ == State::kLine) line_.assign(input);
    input = {};
    return op;
  }
  input.remove_prefix(used);
  if (op.kind == OpKind::kPub) return begin_payload(op, input);
  return op;
}

Op Parser::join_line(std::string_view& input, const Limits& limits) {
  const size_t line_max = kVerbSizeMax + limits.max_control_line + 64;
  while (!input.empty()) {
    const size_t end = input.find('\n');
    size_t take = end == std::string_view::npos ? input.size() : end + 1;
    // Leading blanks of an argument count for nothing, so they need not be kept either.
    take = std::min(take, line_max > line_.size() ? line_max - line_.size() : 1);
    line_.append(input.substr(0, take));
    input.remove_prefix(take);
    size_t used = 0;
    Op op = read_line(line_, used, limits);
    if (op.kind == OpKind::kNeedMore && state_ == State::kLine) {
      if (line_.size() >= line_max) return fault(Fault::kMaxControlLine);
      continue;
    }
    if (op.kind == OpKind::kPub) return begin_payload(op, input);
    whole_ = true;
    if (op.kind == OpKind::kNeedMore) {
      release();
      return next(input, limits);
    }
    return op;
  }
  return {};
}

Op Parser::read_line(std::string_view text, size_t& used, const Limits& limits) {
  bool wrong = false;
  const Verb* verb = find_verb(text, wrong);
  if (wrong) return fault(Fault::kUnknownOperation);
  if (verb == nullptr) return {};
  size_t start = verb->name.size();

  if (!verb->has_argument) {
    const size_t end = text.find('\n', start);
    if (end == std::string_view::npos) {
      state_ = State::kSkipLine;
      skipped_ = verb->kind;
      return {};
    }
    used = end + 1;
    return simple(verb->kind);
  }

  if (start == text.size()) return {};
  if (verb->needs_space && !is_space(text[start])) return fault(Fault::kUnknownOperation);
  if (verb->kind == OpKind::kFault) return fault(Fault::kUnknownOperation);
  while (start < text.size() && is_space(text[start])) ++start;
  if (start == text.size()) return {};

  // The first byte belongs to the argument whatever it is, so a line's end is looked for behind it.
  const void* found = start + 1 < text.size()
                          ? std::memchr(text.data() + start + 1, '\n', text.size() - start - 1)
                          : nullptr;
  if (found == nullptr) {
    if (text.size() - start > limits.max_control_line) return fault(Fault::kMaxControlLine);
    return {};
  }
  const size_t end = static_cast<size_t>(static_cast<const char*>(found) - text.data());
  std::string_view argument = text.substr(start, end - start);
  // A CR anywhere behind the first byte makes the last byte go, as nats-server has it.
  if (argument.size() > 1 &&
      (argument.back() == '\r' ||
       std::memchr(argument.data() + 1, '\r', argument.size() - 1) != nullptr)) {
    argument.remove_suffix(1);
  }
  if (argument.size() > limits.max_control_line) return fault(Fault::kMaxControlLine);
  used = end + 1;
  return read_argument(*verb, argument, limits);
}

Op Parser::skip_line(std::string_view& input) {
  const size_t end = input.find('\n');
  if (end == std::string_view::npos) {
    input = {};
    return {};
  }
  input.remove_prefix(end + 1);
  state_ = State::kLine;
  return simple(skipped_);
}

// The line is read; its payload is whole in `input`, or begins to be joined.
Op Parser::begin_payload(Op op, std::string_view& input) {
  const size_t size = op.content.size();
  if (input.size() >= size + 2) {
    if (input[size] != '\r' || input[size + 1] != '\n') return fault(Fault::kUnknownOperation);
    op.content = input.substr(0, size);
    input.remove_prefix(size + 2);
    whole_ = !line_.empty();
    return op;
  }
  // The argument is read again when the payload is whole: cheaper than remembering where its parts
  // stand.
  std::string argument(op.has_header ? "h" : "p");
  argument.append(op.argument);
  line_ = std::move(argument);
  content_size_ = static_cast<uint32_t>(size);
  payload_ = Buffer::allocate(content_size_ + 2);
  filled_ = 0;
  state_ = State::kPayload;
  return join_payload(input);
}

Op Parser::join_payload(std::string_view& input) {
  const uint32_t whole_size = content_size_ + 2;
  const size_t take = std::min<size_t>(input.size(), whole_size - filled_);
  std::memcpy(payload_.data() + filled_, input.data(), take);
  filled_ += static_cast<uint32_t>(take);
  input.remove_prefix(take);
  if (filled_ > content_size_ && payload_.data()[content_size_] != '\r') {
    return fault(Fault::kUnknownOperation);
  }
  if (filled_ < whole_size) return {};
  if (payload_.data()[content_size_ + 1] != '\n') return fault(Fault::kUnknownOperation);

  const std::string_view line(line_);
  Op op = read_pub(line.substr(1), line.front() == 'h', Limits{.max_payload = -1, .headers = true});
  INVARIANT(op.kind == OpKind::kPub);
  op.content = std::string_view(payload_.data(), content_size_);
  op.held = &payload_;
  state_ = State::kLine;
  whole_ = true;
  return op;
}

}  // namespace myelin
