// ImportedLog: the Log port as an import of the WebAssembly.
#pragma once

#include "core/base/log.h"

namespace myelin {

class ImportedLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override;
};

}  // namespace myelin
