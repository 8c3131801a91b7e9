// MessageCodec: the compression a host lends the store, one message's content at a time.
//
// A content alone and not a block of many: so a record still stands for itself, and damage, a
// rewrite of its segment and the reading of one message cost what they cost without compression.
// What is smaller than 64 bytes, or would not lose an eighth, is left as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/jetstream/message_record.h"

namespace myelin {

// Both empty: there is none. Neither gives more than `size_max` bytes, but nothing instead.
struct MessageCodec {
  using Transform = std::optional<std::string> (*)(std::string_view bytes, size_t size_max);
  Transform compress = nullptr;
  Transform decompress = nullptr;
};

// Nothing if it is not worth it.
std::optional<std::string> compress_content(const MessageCodec& codec, std::string_view content);
// Of a record that says its plain size: nothing if it is not what it says.
std::optional<std::string> decompress_content(const MessageCodec& codec,
                                              const MessageRecord& message);

}  // namespace myelin
