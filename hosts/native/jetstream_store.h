// Where the daemon keeps its streams: FileStorage in the folder `jetstream` of the store directory,
// as nats-server does, and the sizes that stand for "as much as the machine has". Errors read as
// nats-server's do, since harnesses look for them.
#pragma once

#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/options.h"
#include "hosts/common/file_storage.h"

namespace myelin {

// Without a store directory, one among the temporary files that is the same at each start.
std::string jetstream_directory(const std::string& store_dir);

// Makes the directory if need be.
Result<std::unique_ptr<FileStorage>> open_jetstream_store(const std::string& directory);

// Three quarters of the machine's memory, and of what its disk has free.
struct MachineSizes {
  int64_t memory = 0;
  int64_t store = 0;
};
MachineSizes machine_sizes(const std::string& directory);

// Puts the machine's sizes in the place of those that ask for them.
void resolve(const MachineSizes& sizes, JetStreamOptions& options);

}  // namespace myelin
