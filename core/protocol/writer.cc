#include "core/protocol/writer.h"

#include "core/base/text.h"
#include "core/protocol/headers.h"

namespace myelin {

std::string no_responders_message(std::string_view reply, std::string_view sid,
                                  std::string_view subject) {
  const std::string block = no_responders_block(subject);
  const std::string size = decimal(static_cast<int64_t>(block.size()));
  const MsgLine line{.subject = reply, .sid = sid, .reply = {}, .header_size = size, .size = size};
  std::string text(msg_line_size_max(line), '\0');
  text.resize(static_cast<size_t>(write_msg_line(text.data(), line) - text.data()));
  return text + block + "\r\n";
}

std::string error_line(std::string_view text) {
  std::string line = "-ERR '";
  line += text;
  line += "'\r\n";
  return line;
}

std::string publish_violation(std::string_view subject) {
  return "Permissions Violation for Publish to " + go_quote(subject);
}

std::string reply_violation(std::string_view reply) {
  return "Permissions Violation for Publish with Reply of " + go_quote(reply);
}

std::string subscription_violation(std::string_view subject, std::string_view queue) {
  std::string text = "Permissions Violation for Subscription to " + go_quote(subject);
  if (!queue.empty()) text += " using queue " + go_quote(queue);
  return text;
}

std::string too_many_tokens_violation(std::string_view subject) {
  return subscription_violation(subject, {}) + ", too many tokens";
}

std::string lost_subscription_violation(std::string_view subject, std::string_view queue,
                                        std::string_view sid) {
  return subscription_violation(subject, queue) + " (sid " + go_quote(sid) + ")";
}

}  // namespace myelin
