#include "tests/bench/batch.h"

#include <cstring>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr size_t kStampSize = sizeof(uint32_t);

std::string stamped_payload(uint32_t index, size_t size) {
  std::string payload(size, 'x');
  const uint32_t inverted = ~index;
  std::memcpy(payload.data(), &index, kStampSize);
  std::memcpy(payload.data() + size - kStampSize, &inverted, kStampSize);
  return payload;
}

Batch make_batch(const std::vector<std::string>& subjects, size_t payload_size, size_t size_max,
                 std::string_view verb, std::string_view before_size) {
  Batch batch{.bytes = {}, .ends = {}, .message_count = 0, .payload_size = payload_size};
  size_t round_bytes = 0;
  do {
    for (const std::string& subject : subjects) {
      (batch.bytes += verb) += subject;
      (batch.bytes += before_size) += std::to_string(payload_size) + "\r\n";
      batch.bytes += stamped_payload(batch.message_count, payload_size) + "\r\n";
      batch.ends.push_back(batch.bytes.size());
      ++batch.message_count;
    }
    if (round_bytes == 0) round_bytes = batch.bytes.size();
  } while (batch.bytes.size() + round_bytes <= size_max);
  return batch;
}

}  // namespace

Batch publications(const std::vector<std::string>& subjects, size_t payload_size, size_t size_max) {
  return make_batch(subjects, payload_size, size_max, "PUB ", " ");
}

Batch deliveries(const std::vector<std::string>& subjects, size_t payload_size) {
  return make_batch(subjects, payload_size, kBatchBytes, "MSG ", " 1 ");
}

uint32_t index_in_batch(std::string_view payload, const Batch& batch) {
  if (payload.size() != batch.payload_size) throw Failure("a message of another size than sent");
  uint32_t index = 0;
  uint32_t inverted = 0;
  std::memcpy(&index, payload.data(), kStampSize);
  std::memcpy(&inverted, payload.data() + payload.size() - kStampSize, kStampSize);
  if (inverted != ~index || index >= batch.message_count) throw Failure("a damaged message");
  return index;
}

}  // namespace bench
