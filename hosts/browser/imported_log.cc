#include "hosts/browser/imported_log.h"

#include "hosts/browser/imports.h"

namespace myelin {

void ImportedLog::write(LogLevel level, std::string_view text) {
  host_log(static_cast<int32_t>(level), text.data(), static_cast<uint32_t>(text.size()));
}

}  // namespace myelin
