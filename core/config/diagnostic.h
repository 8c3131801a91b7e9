// Diagnostic: one thing to say about a configuration, and where.
#pragma once

#include <string>
#include <vector>

namespace myelin {

struct Diagnostic {
  std::string file;  // empty: the text says all
  int line = 0;
  int pos = 0;
  std::string text;
};

// "file:line:pos: text", or the text alone if it has no place.
std::string to_string(const Diagnostic& diagnostic);
// One per line, each line ended.
std::string to_string(const std::vector<Diagnostic>& diagnostics);

}  // namespace myelin
