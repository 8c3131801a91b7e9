// Messages made ready to be sent again and again, about 64 KiB of them, as a client under load
// hands them to the kernel. Each payload begins with its index in the batch and ends with that
// index inverted, so that whoever receives it can tell a message lost, doubled, out of order or
// damaged.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr size_t kBatchBytes = 64 * 1024;

struct Batch {
  std::string bytes;
  std::vector<size_t> ends;  // of the messages in `bytes`; empty once they are in frames
  uint32_t message_count = 0;
  size_t payload_size = 0;
};

// Publications to the subjects in turn. The payload is at least eight bytes; the batch holds one
// message per subject or, where that is less than `size_max`, as many rounds of them as fit.
Batch publications(const std::vector<std::string>& subjects, size_t payload_size,
                   size_t size_max = kBatchBytes);

// The same messages as a server would deliver them, for the relay, which changes nothing.
Batch deliveries(const std::vector<std::string>& subjects, size_t payload_size);

// Throws Failure when the payload is not one of the batch's.
uint32_t index_in_batch(std::string_view payload, const Batch& batch);

}  // namespace bench
