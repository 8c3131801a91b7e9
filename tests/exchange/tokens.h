// Subjects and patterns as lists of tokens, in the plainest way there is: for a model, which must
// not share its mistakes with core/subject.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"

namespace myelin::exchange {

using TokenList = std::vector<std::string>;

TokenList split(std::string_view subject);
std::string join_tokens(const TokenList& tokens);

// Whether the pattern takes the subject.
bool fits(std::string_view pattern, std::string_view subject);
// Whether all that `narrow` takes is taken by `wide`.
bool contains(std::string_view wide, std::string_view narrow);
// Whether a subject is taken by both.
bool overlap(std::string_view one, std::string_view other);
bool is_pattern(std::string_view subject);

// How an account calls what it imports, before wildcards are named: "pre.a.*", "b.$2.$1".
std::string own_name(const ImportOptions& import);
// What such a name takes.
std::string pattern_of(std::string_view name);
// A subject that `from` takes, as `to` calls it. Wildcards of `to` say by number which of `from`'s
// they are, or are those in order; or the other way round.
std::string rename(std::string_view subject, std::string_view from, std::string_view to);

}  // namespace myelin::exchange
