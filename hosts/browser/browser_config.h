// BrowserConfig: NATS configuration text as a server in a page understands it.
//
// What holds where the text says nothing, and fits a tab:
//
//     max_connections       1024            (65536 in the daemon)
//     max_pending           8 MiB           (64 MiB)
//     max_memory_store      a quarter of the memory the server may use
//     max_file_store        what the host has of storage; of a host without, another quarter
//     memory                256 MiB, unless the host says otherwise
//
// JetStream is on if and only if the text says so. What only a daemon has (listeners, files, a
// syslog) is said to have no effect; what would leave the server open if it were ignored (tls,
// passwords as bcrypt hashes) is refused. There are no files to include and no environment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/config/config.h"

namespace myelin {

// What the host has to give.
struct BrowserLimits {
  uint64_t memory_max = uint64_t{256} << 20;  // bytes of heap, in all
  uint64_t storage_max = uint64_t{1} << 30;   // bytes of slots
};

// Complete; the error is every mistake of the text, one per line, with its place.
Result<Config, std::string> read_browser_config(std::string_view text);

// The options for a Server: sizes that the text left to the host are put in.
Options server_options(const Config& config, const BrowserLimits& limits, bool has_slots,
                       WallTime loaded);

}  // namespace myelin
