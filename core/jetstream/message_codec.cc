#include "core/jetstream/message_codec.h"

namespace myelin {
namespace {

constexpr size_t kCompressibleSizeMin = 64;

}  // namespace

std::optional<std::string> compress_content(const MessageCodec& codec, std::string_view content) {
  if (codec.compress == nullptr || content.size() < kCompressibleSizeMin) return std::nullopt;
  return codec.compress(content, content.size() - content.size() / 8 - kPlainSizeSize);
}

std::optional<std::string> decompress_content(const MessageCodec& codec,
                                              const MessageRecord& message) {
  if (codec.decompress == nullptr || !message.plain_size) return std::nullopt;
  auto plain = codec.decompress(message.content, *message.plain_size);
  if (plain && plain->size() != *message.plain_size) return std::nullopt;
  return plain;
}

}  // namespace myelin
