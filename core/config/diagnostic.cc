#include "core/config/diagnostic.h"

#include "core/base/text.h"

namespace myelin {

std::string to_string(const Diagnostic& diagnostic) {
  if (diagnostic.line == 0) return diagnostic.text;
  return diagnostic.file + ":" + decimal(diagnostic.line) + ":" + decimal(diagnostic.pos) + ": " +
         diagnostic.text;
}

std::string to_string(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += to_string(diagnostic) + "\n";
  return text;
}

}  // namespace myelin
