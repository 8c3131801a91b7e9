#include "core/subject/transform.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/base/text.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr std::string_view kBadSubject = "invalid subject";
constexpr std::string_view kBadDestination = "invalid mapping destination: ";
constexpr std::string_view kInvalidTransform = "invalid transform";
constexpr std::string_view kNotAllWildcards = "not using all of the token wildcard(s)";
constexpr std::string_view kUnknownFunction = "unknown function";
constexpr std::string_view kIndexOutOfRange = "wildcard index out of range";
constexpr std::string_view kNotEnough = "not enough arguments passed to the function";
constexpr std::string_view kInvalidArgument = "function argument is invalid or in the wrong format";
constexpr std::string_view kTooMany = "too many arguments passed to the function";
constexpr std::string_view kNotReversible =
    "the only mapping function allowed for import transforms is {{Wildcard()}}";

Error bad_subject() { return {Errc::kInvalid, std::string(kBadSubject)}; }

// As nats-server words it: what is wrong, and in which token.
Error bad_destination(std::string_view what, std::string_view where) {
  std::string text = std::string(kBadDestination).append(what);
  if (!where.empty()) text.append(" in ").append(where);
  return {Errc::kInvalid, std::move(text)};
}

std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

size_t skip_white_space(std::string_view text, size_t at) {
  while (at < text.size() && is_white_space(text[at])) ++at;
  return at;
}

// Decimal with an optional sign, as Go's Atoi reads a 64-bit int.
std::optional<int64_t> parse_integer(std::string_view text) {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  // More digits than any number has are leading zeros, which are as good as none.
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  const auto magnitude = parse_decimal(text, kDecimalSizeMax);
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (is_negative ? 1 : 0);
  if (!magnitude || *magnitude > limit) return std::nullopt;
  return static_cast<int64_t>(is_negative ? 0 - *magnitude : *magnitude);
}

bool looks_like_function(std::string_view token) {
  return token.size() > 4 && token.substr(0, 2) == "{{" && token.substr(token.size() - 2) == "}}";
}

// How many bytes the character at the front takes; one if it is not well-formed UTF-8.
size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t size = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (lead > 0xF4 || size > text.size()) return 1;
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  };
  const bool is_whole =
      std::all_of(text.begin() + 1, text.begin() + static_cast<ptrdiff_t>(size), is_continuation);
  return is_whole ? size : 1;
}

// The pieces between delimiters; an empty delimiter stands between any two characters.
std::vector<std::string_view> split_at(std::string_view text, std::string_view delimiter) {
  std::vector<std::string_view> pieces;
  while (delimiter.empty() && !text.empty()) {
    pieces.push_back(text.substr(0, character_size(text)));
    text.remove_prefix(pieces.back().size());
  }
  if (delimiter.empty()) return pieces;
  for (;;) {
    const size_t at = text.find(delimiter);
    pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + delimiter.size());
  }
}

}  // namespace

// Reads destinations. Functions are recognised as nats-server's expressions do, which look for
// `{{ name ( arguments ) }}` anywhere in a token that begins with `{{` and ends with `}}`.
class TransformCompiler {
 public:
  TransformCompiler(std::string_view source, std::string_view destination, Transform::Rules rules)
      : destination_(destination), rules_(rules) {
    transform_.source_ = source.empty() ? ">" : source;
    transform_.destination_ = destination;
  }

  Result<Transform> compile() {
    if (rules_ == Transform::Rules::kMapping) TRY(check_mapping());
    TRY(check_subjects());
    Tokens tokens(destination_);
    while (const auto token = tokens.next()) TRY(add(*token));
    const bool has_wildcards = !wildcards_.empty() || has_rest_;
    if (rules_ == Transform::Rules::kReversible && has_wildcards && used_ < wildcards_.size()) {
      return bad_destination(kNotAllWildcards, destination_);
    }
    return std::move(transform_);
  }

 private:
  using Kind = Transform::Kind;
  using Part = Transform::Part;

  // What a function takes between its brackets.
  enum class Takes { kIndex, kNumberAndIndexes, kIndexAndNumber, kIndexAndDelimiter, kNumber };
  struct Function {
    std::string_view name;
    Kind kind;
    Takes takes;
    bool in_mappings;
  };
  // In the order they are tried. Capitals mark the letters that may be in either case.
  static constexpr Function kFunctions[] = {
      {"Wildcard", Kind::kWildcard, Takes::kIndex, true},
      {"Partition", Kind::kPartition, Takes::kNumberAndIndexes, true},
      {"SplitFromLeft", Kind::kSplitFromLeft, Takes::kIndexAndNumber, true},
      {"SplitFromRight", Kind::kSplitFromRight, Takes::kIndexAndNumber, true},
      {"SliceFromLeft", Kind::kSliceFromLeft, Takes::kIndexAndNumber, true},
      {"SliceFromRight", Kind::kSliceFromRight, Takes::kIndexAndNumber, true},
      {"Right", Kind::kRight, Takes::kIndexAndNumber, false},
      {"Left", Kind::kLeft, Takes::kIndexAndNumber, false},
      {"Split", Kind::kSplit, Takes::kIndexAndDelimiter, true},
      {"Random", Kind::kRandom, Takes::kNumber, true},
  };

  // Differs: an empty destination is refused; nats-server takes it and fails on the first message.
  Status check_mapping() const {
    bool full_wildcard_seen = false;
    Tokens tokens(destination_);
    while (const auto token = tokens.next()) {
      if (token->empty() || full_wildcard_seen) return bad_destination(kInvalidTransform, *token);
      if (looks_like_function(*token)) {
        const bool is_known = std::any_of(
            std::begin(kFunctions), std::end(kFunctions), [&](const Function& function) {
              return function.in_mappings && arguments_of(function, *token).has_value();
            });
        if (!is_known) return bad_destination(kUnknownFunction, *token);
      } else if (std::any_of(token->begin(), token->end(), is_white_space)) {
        return bad_destination(kInvalidTransform, "");
      }
      full_wildcard_seen = is_full_wildcard(*token);
    }
    return kOk;
  }

  Status check_subjects() {
    if (transform_.destination_.size() > kTransformedSizeMax) return bad_subject();
    bool source_has_rest = false;
    size_t destination_wildcards = 0;
    Tokens source(transform_.source_);
    for (size_t index = 0; const auto token = source.next(); ++index) {
      if (token->empty() || source_has_rest) return bad_subject();
      if (is_single_wildcard(*token)) wildcards_.push_back(index);
      source_has_rest = is_full_wildcard(*token);
      transform_.source_tokens_ = index + 1;
    }
    Tokens destination(destination_);
    while (const auto token = destination.next()) {
      if (token->empty() || has_rest_) return bad_subject();
      if (is_single_wildcard(*token)) ++destination_wildcards;
      has_rest_ = is_full_wildcard(*token);
    }
    if (destination_wildcards > 0 || source_has_rest != has_rest_) return bad_subject();
    return kOk;
  }

  Status add(std::string_view token) {
    Part part;
    std::vector<int64_t> indexes;  // of wildcards, from 1
    if (is_full_wildcard(token)) {
      part.kind = Kind::kRest;
    } else if (Status status = read(token, part, indexes); !status.ok()) {
      return status;
    }
    const bool is_plain = part.kind == Kind::kText || part.kind == Kind::kRest;
    if (wildcards_.empty() && !has_rest_) {
      // Nothing to take tokens from; partition() takes the whole subject, whatever it asks for.
      if (!is_plain && part.kind != Kind::kRandom && part.kind != Kind::kPartition) {
        return bad_destination(kIndexOutOfRange, token);
      }
      indexes.clear();
    } else if (rules_ == Transform::Rules::kReversible && !is_plain &&
               part.kind != Kind::kWildcard) {
      return bad_destination(kNotReversible, token);
    }
    for (const int64_t index : indexes) {
      if (index > static_cast<int64_t>(wildcards_.size())) {
        return bad_destination(kIndexOutOfRange,
                               std::string(token).append(": [").append(decimal(index)).append("]"));
      }
      // Zero and less mean the first token of the subject, as they turn out to in nats-server.
      part.tokens.push_back(index < 1 ? 0 : wildcards_[static_cast<size_t>(index) - 1]);
    }
    used_ += indexes.size();
    transform_.parts_.push_back(std::move(part));
    return kOk;
  }

  Status read(std::string_view token, Part& part, std::vector<int64_t>& indexes) const {
    part.text = token;
    if (token.size() > 1 && token.front() == '$') {
      // Much else begins with `$`: what is not a number is text.
      if (const auto index = parse_integer(token.substr(1))) {
        part.kind = Kind::kWildcard;
        indexes.push_back(*index);
      }
      return kOk;
    }
    if (!looks_like_function(token)) return kOk;
    for (const Function& function : kFunctions) {
      if (const auto text = arguments_of(function, token)) {
        part.kind = function.kind;
        const std::vector<std::string_view> arguments = split_arguments(*text);
        const std::string_view fault = read_arguments(function, arguments, part, indexes);
        if (!fault.empty()) return bad_destination(fault, token);
        return kOk;
      }
    }
    return bad_destination(kUnknownFunction, token);
  }

  // Fills `part` and `indexes`; returns what is wrong, or nothing.
  static std::string_view read_arguments(const Function& function,
                                         std::span<const std::string_view> arguments, Part& part,
                                         std::vector<int64_t>& indexes) {
    switch (function.takes) {
      case Takes::kIndex:
        if (arguments.size() > 1) return kTooMany;
        if (arguments.front().empty()) return kNotEnough;
        return read_indexes(arguments, indexes);
      case Takes::kNumberAndIndexes:
        if (!read_number(arguments.front(), part)) return kInvalidArgument;
        return read_indexes(arguments.subspan(1), indexes);
      case Takes::kNumber:
        if (arguments.size() > 1) return kNotEnough;
        return read_number(arguments.front(), part) ? "" : kInvalidArgument;
      case Takes::kIndexAndNumber:
      case Takes::kIndexAndDelimiter:
        break;
    }
    if (arguments.size() < 2) return kNotEnough;
    if (arguments.size() > 2) return kTooMany;
    const std::string_view fault = read_indexes(arguments.first(1), indexes);
    if (!fault.empty()) return fault;
    if (function.takes == Takes::kIndexAndDelimiter) {
      part.text = arguments[1];
      return part.text.find(' ') == std::string::npos ? "" : kInvalidArgument;
    }
    const auto number = parse_integer(trim_spaces(arguments[1]));
    if (!number || *number < INT32_MIN || *number > INT32_MAX) return kInvalidArgument;
    part.number = static_cast<int32_t>(*number);
    return "";
  }

  static std::string_view read_indexes(std::span<const std::string_view> arguments,
                                       std::vector<int64_t>& indexes) {
    for (const std::string_view argument : arguments) {
      const auto index = parse_integer(trim_spaces(argument));
      if (!index) return kInvalidArgument;
      indexes.push_back(*index);
    }
    return "";
  }

  // Only too large is refused: a number far below zero loses its high bits, as in nats-server.
  static bool read_number(std::string_view argument, Part& part) {
    const auto number = parse_integer(trim_spaces(argument));
    if (!number || *number > INT32_MAX) return false;
    part.number = static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(*number)));
    return true;
  }

  // What stands between the brackets if `token` calls this function.
  static std::optional<std::string_view> arguments_of(const Function& function,
                                                      std::string_view token) {
    for (size_t at = token.find("{{"); at != std::string_view::npos;
         at = token.find("{{", at + 1)) {
      const size_t name_at = skip_white_space(token, at + 2);
      if (!has_name(token.substr(name_at), function.name)) continue;
      const size_t open = skip_white_space(token, name_at + function.name.size());
      if (open >= token.size() || token[open] != '(') continue;
      // The last bracket that is followed by the end; arguments stay on one line.
      const size_t line_end = std::min(token.find('\n', open), token.size());
      for (size_t close = line_end; close-- > open + 1;) {
        if (token[close] != ')') continue;
        const size_t end = skip_white_space(token, close + 1);
        if (token.substr(end, 2) == "}}") return token.substr(open + 1, close - open - 1);
      }
    }
    return std::nullopt;
  }

  static bool has_name(std::string_view text, std::string_view name) {
    if (text.size() < name.size()) return false;
    for (size_t index = 0; index < name.size(); ++index) {
      const bool either_case = name[index] != ascii_lower(name[index]);
      if (text[index] == name[index]) continue;
      if (!either_case || text[index] != ascii_lower(name[index])) return false;
    }
    return true;
  }

  // At commas, and the white space behind each is dropped.
  static std::vector<std::string_view> split_arguments(std::string_view text) {
    std::vector<std::string_view> arguments = split_at(text, ",");
    for (size_t index = 1; index < arguments.size(); ++index) {
      arguments[index].remove_prefix(skip_white_space(arguments[index], 0));
    }
    return arguments;
  }

  Transform transform_;
  std::string_view destination_;
  Transform::Rules rules_;
  std::vector<size_t> wildcards_;  // which tokens of the source are `*`
  bool has_rest_ = false;          // both end with `>`
  size_t used_ = 0;
};

Result<Transform> Transform::compile(std::string_view source, std::string_view destination,
                                     Rules rules) {
  return TransformCompiler(source, destination, rules).compile();
}

std::optional<std::string> Transform::apply(std::string_view subject, Random& random) const {
  if (source_ == ">" && destination_ == ">") return std::string(subject);
  if (!is_valid_literal(subject) || !is_subset(subject, source_)) return std::nullopt;
  return rewrite(subject, random);
}

std::optional<std::string> Transform::rewrite(std::string_view subject, Random& random) const {
  std::vector<std::string_view> tokens;
  Tokens given(subject);
  while (const auto token = given.next()) tokens.push_back(*token);

  std::string result;
  for (const Part& part : parts_) {
    if (&part != &parts_.front()) result += '.';
    if (part.kind == Kind::kRest) {
      const size_t first = std::min(source_tokens_ - 1, tokens.size() - 1);
      result.append(tokens[first].data(), subject.data() + subject.size());
    } else if (part.kind == Kind::kRandom) {
      const int64_t number = part.number;
      const auto ceiling = static_cast<uint64_t>(number < 0 ? -number : number);
      append_decimal(result, ceiling == 0 ? 0 : random.below(uint64_t{1} << 31) % ceiling);
    } else if (part.kind == Kind::kPartition) {
      uint32_t hash = fnv1a_32(part.tokens.empty() ? subject : "");
      for (const size_t index : part.tokens) {
        if (index < tokens.size()) hash = fnv1a_32(tokens[index], hash);
      }
      const auto partitions = static_cast<uint32_t>(part.number);
      append_decimal(result, partitions == 0 ? 0 : hash % partitions);
    } else if (part.kind == Kind::kText) {
      result += part.text;
    } else {
      const size_t index = part.tokens.front();
      append(result, part, index < tokens.size() ? tokens[index] : "");
    }
    if (result.size() > kTransformedSizeMax) return std::nullopt;
  }
  return result;
}

// The functions that look at one token.
void Transform::append(std::string& to, const Part& part, std::string_view token) {
  // A number that is not inside the token leaves it whole.
  const auto number = static_cast<size_t>(std::max(part.number, 0));
  const bool cuts = number > 0 && number < token.size();
  switch (part.kind) {
    case Kind::kSplitFromLeft:
    case Kind::kSplitFromRight: {
      if (!cuts) break;
      const size_t at = part.kind == Kind::kSplitFromLeft ? number : token.size() - number;
      to.append(token.substr(0, at)).append(".").append(token.substr(at));
      return;
    }
    case Kind::kSliceFromLeft:
    case Kind::kSliceFromRight: {
      if (!cuts) break;
      // From the right, it is the first slice that may be short.
      const size_t odd = part.kind == Kind::kSliceFromRight ? token.size() % number : 0;
      size_t size = odd > 0 ? odd : number;
      for (size_t at = 0; at < token.size(); size = number) {
        if (at > 0) to += '.';
        to.append(token.substr(at, size));
        at += size;
      }
      return;
    }
    case Kind::kSplit: {
      const std::vector<std::string_view> pieces = split_at(token, part.text);
      // One delimiter at the front is forgiven; after more, the subject begins with a dot.
      for (size_t index = 0; index < pieces.size(); ++index) {
        if (pieces[index].empty()) continue;
        const bool is_first = index == 0 || (index == 1 && pieces[0].empty());
        if (!is_first) to += '.';
        to.append(pieces[index]);
      }
      return;
    }
    case Kind::kLeft:
      to.append(cuts ? token.substr(0, number) : token);
      return;
    case Kind::kRight:
      to.append(cuts ? token.substr(token.size() - number) : token);
      return;
    default:
      break;
  }
  to.append(token);
}

}  // namespace myelin
