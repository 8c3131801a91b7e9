// The little language of what a transcript sends and expects: escapes, variables, placeholders.
//
//   \r \n \t \0 \s \\ \{ \xHH     bytes that are hard to write (\s is a blank)
//   {a*4096}                      a byte, repeated
//   {#}                           the number of the repetition, when a line is sent many times
//   {$name}                       a variable; where one is expected and unknown, it is learnt
//   {$name*}                      the same, of any bytes
//   {#$name}                      how many bytes a variable has
//   {int} {sid} {word} {nuid} {time} {any}   what varies, in expectations alone
//
// Any other brace is a brace, so that JSON reads as itself.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace myelin::conformance {

using Variables = std::map<std::string, std::string, std::less<>>;

// The bytes to send. Throws std::runtime_error for an unknown variable.
std::string expand(std::string_view text, const Variables& variables, std::size_t repetition = 1);

// Whether the bytes are what the pattern describes; learns variables when they are.
bool matches(std::string_view pattern, std::string_view bytes, Variables& variables);

// Whether `seen` has at least what `wanted` has. Strings of `wanted` are patterns (which also match
// a number or a truth value); "{absent}" wants the field to be missing. Arrays match in full.
// On failure `why` says where.
bool contains(const nlohmann::json& wanted, const nlohmann::json& seen, Variables& variables,
              std::string& why);

// Bytes as a person reads them, with the escapes above; long runs are cut.
std::string printable(std::string_view bytes);

}  // namespace myelin::conformance
