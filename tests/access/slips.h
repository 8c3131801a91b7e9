// Slips of the pen: a configuration, and all that it becomes if one of its keys or values is left
// out, misspelt, or of the wrong kind.
#pragma once

#include <string>
#include <vector>

namespace myelin::access {

struct Slip {
  std::string what;  // "authorization.users[0].password: an empty string"
  std::string text;  // the whole configuration
};

std::vector<Slip> slips_of(const std::string& config);

}  // namespace myelin::access
