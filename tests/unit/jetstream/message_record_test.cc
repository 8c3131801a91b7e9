#include "core/jetstream/message_record.h"

#include <catch2/catch.hpp>

#include "core/storage/record_log_format.h"

namespace myelin {
namespace {

std::string encode(const MessageRecord& message) {
  const EncodedMessageHead head = encode_message_head(message);
  return std::string(as_text(head.view())) + std::string(message.subject) +
         std::string(message.content);
}

MessageRecord some_message() {
  return {.time = {77}, .subject = "orders.eu", .content = "0123456789", .header_size = 4};
}

TEST_CASE("MessageRecord: every kind is read as it was written") {
  for (int i = 0; i < 4; ++i) {
    MessageRecord message = some_message();
    if (i % 2 == 1) message.expires = WallTime{99};
    if (i >= 2) message.plain_size = 500;
    const std::string bytes = encode(message);
    CHECK(is_message_kind(kind_of(message)));
    const auto read = decode_message(kind_of(message), as_bytes(bytes));
    REQUIRE(read);
    CHECK(read->time == message.time);
    CHECK(read->expires == message.expires);
    CHECK(read->subject == message.subject);
    CHECK(read->content == message.content);
    CHECK(read->header_size == message.header_size);
    CHECK(read->plain_size == message.plain_size);
    CHECK(plain_payload_size(*read) == bytes.size() + (i >= 2 ? 500 - 10 - kPlainSizeSize : 0));
    for (size_t size = 0; size < bytes.size() - message.content.size(); ++size) {
      const auto torn = std::string_view(bytes).substr(0, size);
      CHECK_FALSE(decode_message(kind_of(message), as_bytes(torn)));
    }
  }
}

TEST_CASE("MessageRecord: a plain size that cannot be is no message") {
  MessageRecord message = some_message();
  const auto is_read = [&message](uint32_t plain_size) {
    message.plain_size = plain_size;
    const std::string bytes = encode(message);
    return decode_message(kind_of(message), as_bytes(bytes)).has_value();
  };
  CHECK(is_read(10));
  CHECK_FALSE(is_read(9));
  CHECK(is_read(kRecordPayloadMax - 14 - 9));
  CHECK_FALSE(is_read(kRecordPayloadMax - 14 - 8));
  CHECK_FALSE(is_read(UINT32_MAX));
  message.header_size = 600;
  CHECK(is_read(600));
  CHECK_FALSE(is_read(599));
}

}  // namespace
}  // namespace myelin
