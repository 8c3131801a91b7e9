#include "core/protocol/parser.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "core/base/check.h"
#include "core/base/text.h"
#include "core/limits.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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
size_t split_argument(std::string_view text, std::array<std::string_view, N>& parts,
                      bool ends_too) {
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

// Each reader fills `op`, or returns what is wrong with the argument.
using MaybeFault = std::optional<Fault>;

// PUB subject [reply] size, HPUB subject [reply] header_size total_size.
MaybeFault read_pub(std::string_view argument, bool has_header, const Parser::Limits& limits,
                    Op& op) {
  if (has_header && !limits.headers) return Fault::kBadArguments;
  std::array<std::string_view, 4> parts;
  const size_t count = split_argument(argument, parts, false);
  const size_t sizes = has_header ? 2 : 1;
  if (count != 1 + sizes && count != 2 + sizes) return Fault::kBadArguments;

  op.kind = OpKind::kPub;
  op.argument = argument;
  op.subject = parts[0];
  if (count == 2 + sizes) op.reply = parts[1];
  op.size_text = parts[count - 1];
  const int64_t size = parse_size(op.size_text);
  if (size < 0) return Fault::kBadArguments;
  if (has_header) {
    op.has_header = true;
    op.header_size_text = parts[count - 2];
    const int64_t header_size = parse_size(op.header_size_text);
    if (header_size < 0 || header_size > size) return Fault::kBadArguments;
    op.header_size = static_cast<uint32_t>(header_size);
  }
  if (limits.max_payload >= 0 && size > limits.max_payload) return Fault::kMaxPayload;
  op.content = std::string_view(nullptr, static_cast<size_t>(size));
  return std::nullopt;
}

MaybeFault read_sub(std::string_view argument, Op& op) {
  std::array<std::string_view, 3> parts;
  const size_t count = split_argument(argument, parts, true);
  if (count != 2 && count != 3) return Fault::kBadArguments;
  op.subject = parts[0];
  if (count == 3) op.queue = parts[1];
  op.sid = parts[count - 1];
  return std::nullopt;
}

MaybeFault read_unsub(std::string_view argument, Op& op) {
  std::array<std::string_view, 2> parts;
  const size_t count = split_argument(argument, parts, true);
  if (count != 1 && count != 2) return Fault::kBadArguments;
  op.sid = parts[0];
  if (count == 2) op.max = parse_size(parts[1]);
  return std::nullopt;
}

MaybeFault read_argument(const Verb& verb, std::string_view argument, const Parser::Limits& limits,
                         Op& op) {
  op.kind = verb.kind;
  op.argument = argument;
  switch (verb.kind) {
    case OpKind::kPub:
      return read_pub(argument, verb.name.front() == 'h', limits, op);
    case OpKind::kSub:
      return read_sub(argument, op);
    case OpKind::kUnsub:
      return read_unsub(argument, op);
    default:
      return std::nullopt;
  }
}

// How many bytes of an argument blanks_of looks at.
constexpr size_t kScanSize = 64;

#if defined(__SSE2__)
// A bit for each of the 64 bytes that is no larger than a space: separators, line ends, control
// characters.
uint64_t blanks_of(const char* bytes) {
  const __m128i space = _mm_set1_epi8(' ');
  uint64_t blanks = 0;
  for (size_t index = 0; index < kScanSize / 16; ++index) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes) + index);
    const __m128i found = _mm_cmpeq_epi8(_mm_min_epu8(block, space), block);
    blanks |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(found)))
              << (16 * index);
  }
  return blanks;
}
#else
uint64_t blanks_of(const char* bytes) {
  uint64_t blanks = 0;
  for (size_t index = 0; index < kScanSize; ++index) {
    blanks |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[index]) <= ' ') << index;
  }
  return blanks;
}
#endif

}  // namespace

const Op& Parser::next(std::string_view& input, const Limits& limits) {
  if (whole_) release();
  const bool begins_line = state_ == State::kLine && line_.empty();
  if (begins_line && take_whole_pub(input, limits)) return op_;
  op_ = Op();
  if (begins_line) {
    next_from_line(input, limits);
  } else if (state_ == State::kLine) {
    join_line(input, limits);
  } else if (state_ == State::kPayload) {
    join_payload(input);
  } else {
    skip_line(input);
  }
  return op_;
}

void Parser::fail(Fault fault) {
  op_ = Op();
  op_.kind = OpKind::kFault;
  op_.fault = fault;
}

void Parser::release() {
  whole_ = false;
  std::string().swap(line_);
  payload_ = Buffer();
  filled_ = 0;
}

// The common shape of the common operation, read at one glance: "PUB subject [reply] size" CR LF
// with single spaces, a short line, and the payload behind it. Anything else is left, untouched, to
// the general way.
bool Parser::take_whole_pub(std::string_view& input, const Limits& limits) {
  constexpr size_t kVerbSize = 4;
  if (input.size() < kVerbSize + kScanSize) return false;
  const char* const text = input.data();
  if ((text[0] | 0x20) != 'p' || (text[1] | 0x20) != 'u' || (text[2] | 0x20) != 'b' ||
      text[3] != ' ') {
    return false;
  }
  const char* const argument = text + kVerbSize;
  uint64_t blanks = blanks_of(argument);
  std::array<size_t, 4> ends;  // of the subject, of the reply if any, of the size; and how it began
  size_t count = 0;
  size_t begin = 0;
  for (;;) {
    if (blanks == 0 || count == 3) return false;
    const auto end = static_cast<size_t>(__builtin_ctzll(blanks));
    blanks &= blanks - 1;
    if (end == begin) return false;
    ends[count++] = end;
    if (argument[end] == '\r') break;
    if (argument[end] != ' ') return false;
    begin = end + 1;
  }
  if (count < 2) return false;
  const size_t line_end = ends[count - 1];
  const size_t digits = line_end - begin;
  if (digits > kSizeDigitsMax || line_end > limits.max_control_line) return false;
  size_t size = 0;
  for (size_t index = begin; index < line_end; ++index) {
    const unsigned digit = static_cast<unsigned char>(argument[index]) - '0';
    if (digit > 9) return false;
    size = size * 10 + digit;
  }
  const size_t content = kVerbSize + line_end + 2;
  if (argument[line_end + 1] != '\n' || input.size() < content + size + 2) return false;
  if (limits.max_payload >= 0 && static_cast<int64_t>(size) > limits.max_payload) return false;
  if (text[content + size] != '\r' || text[content + size + 1] != '\n') return false;

  op_.kind = OpKind::kPub;
  op_.argument = {argument, line_end};
  op_.subject = {argument, ends[0]};
  op_.reply = count == 3 ? std::string_view(argument + ends[0] + 1, ends[1] - ends[0] - 1)
                         : std::string_view();
  op_.content = {text + content, size};
  op_.header_size = 0;
  op_.has_header = false;
  op_.header_size_text = {};
  op_.size_text = {argument + begin, digits};
  op_.held = nullptr;
  input.remove_prefix(content + size + 2);
  return true;
}

void Parser::next_from_line(std::string_view& input, const Limits& limits) {
  if (input.empty()) return;
  const size_t used = read_line(input, limits);
  if (op_.kind == OpKind::kNeedMore) {
    if (state_ == State::kLine) line_.assign(input);
    input = {};
    return;
  }
  input.remove_prefix(used);
  if (op_.kind == OpKind::kPub) begin_payload(input);
}

void Parser::join_line(std::string_view& input, const Limits& limits) {
  const size_t line_max = kVerbSizeMax + limits.max_control_line + kScanSize;
  while (!input.empty()) {
    const size_t end = input.find('\n');
    size_t take = end == std::string_view::npos ? input.size() : end + 1;
    take = std::min(take, line_max > line_.size() ? line_max - line_.size() : 1);
    line_.append(input.substr(0, take));
    input.remove_prefix(take);
    read_line(line_, limits);
    if (op_.kind == OpKind::kPub) return begin_payload(input);
    if (op_.kind != OpKind::kNeedMore) {
      whole_ = true;
      return;
    }
    if (state_ == State::kSkipLine) {
      release();
      return skip_line(input);
    }
    if (line_.size() >= line_max) return fail(Fault::kMaxControlLine);
  }
}

size_t Parser::read_line(std::string_view text, const Limits& limits) {
  bool wrong = false;
  const Verb* verb = find_verb(text, wrong);
  if (wrong) fail(Fault::kUnknownOperation);
  if (verb == nullptr) return 0;
  size_t start = verb->name.size();

  if (!verb->has_argument) {
    const size_t end = text.find('\n', start);
    if (end == std::string_view::npos) {
      state_ = State::kSkipLine;
      skipped_ = verb->kind;
      return 0;
    }
    op_.kind = verb->kind;
    return end + 1;
  }

  if (start == text.size()) return 0;
  const bool is_cut_short = verb->needs_space && !is_space(text[start]);
  if (is_cut_short || verb->kind == OpKind::kFault) {
    fail(Fault::kUnknownOperation);
    return 0;
  }
  while (start < text.size() && is_space(text[start])) ++start;
  if (start == text.size()) return 0;

  // The first byte belongs to the argument whatever it is, so a line's end is looked for behind it.
  const size_t end = text.find('\n', start + 1);
  std::string_view argument = text.substr(start, end - start);
  // A CR anywhere behind the first byte makes the last byte go, as nats-server has it. Where the
  // line's end is still to come, that byte must not count against the limit either.
  if (argument.find('\r', 1) != std::string_view::npos) argument.remove_suffix(1);
  if (argument.size() > limits.max_control_line) {
    fail(Fault::kMaxControlLine);
    return 0;
  }
  if (end == std::string_view::npos) return 0;
  if (const MaybeFault refusal = read_argument(*verb, argument, limits, op_)) fail(*refusal);
  return end + 1;
}

void Parser::skip_line(std::string_view& input) {
  const size_t end = input.find('\n');
  if (end == std::string_view::npos) {
    input = {};
    return;
  }
  input.remove_prefix(end + 1);
  state_ = State::kLine;
  op_.kind = skipped_;
}

// The line is read; its payload is whole in `input`, or begins to be joined.
void Parser::begin_payload(std::string_view& input) {
  const size_t size = op_.content.size();
  if (input.size() >= size + 2) {
    if (input[size] != '\r' || input[size + 1] != '\n') return fail(Fault::kUnknownOperation);
    op_.content = input.substr(0, size);
    input.remove_prefix(size + 2);
    whole_ = !line_.empty();
    return;
  }
  // The argument is read again when the payload is whole: cheaper than remembering where its parts
  // stand.
  std::string argument(op_.has_header ? "h" : "p");
  argument.append(op_.argument);
  line_ = std::move(argument);
  content_size_ = static_cast<uint32_t>(size);
  payload_ = Buffer::allocate(content_size_ + 2);
  filled_ = 0;
  state_ = State::kPayload;
  op_ = Op();
  join_payload(input);
}

void Parser::join_payload(std::string_view& input) {
  const uint32_t whole_size = content_size_ + 2;
  const size_t take = std::min<size_t>(input.size(), whole_size - filled_);
  std::memcpy(payload_.data() + filled_, input.data(), take);
  filled_ += static_cast<uint32_t>(take);
  input.remove_prefix(take);
  const char* const end = payload_.data() + content_size_;
  if (filled_ > content_size_ && end[0] != '\r') return fail(Fault::kUnknownOperation);
  if (filled_ < whole_size) return;
  if (end[1] != '\n') return fail(Fault::kUnknownOperation);

  const std::string_view line(line_);
  const Limits as_before{.max_payload = -1, .headers = true};
  const MaybeFault refusal = read_pub(line.substr(1), line.front() == 'h', as_before, op_);
  INVARIANT(!refusal);
  op_.content = std::string_view(payload_.data(), content_size_);
  op_.held = &payload_;
  state_ = State::kLine;
  whole_ = true;
}

}  // namespace myelin
