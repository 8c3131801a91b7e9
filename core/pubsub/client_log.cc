#include "core/pubsub/client_log.h"

#include "core/base/text.h"

namespace myelin {

namespace {

std::string bracketed(std::string_view ip) {
  if (ip.find(':') == std::string_view::npos) return std::string(ip);
  return "[" + std::string(ip) + "]";
}

}  // namespace

std::string to_string(const ClientLabel& label) {
  std::string text;
  if (!label.forwarded_for.empty()) text = bracketed(label.forwarded_for) + "/";
  text += bracketed(label.address);
  text += ':';
  append_decimal(text, label.port);
  text += label.is_websocket ? " - wid:" : " - cid:";
  append_decimal(text, label.id);
  if (label.said == nullptr) return text;
  const ConnectOptions& said = *label.said;
  std::string who = said.version.empty() ? "" : "v" + said.version;
  for (const std::string* part : {&said.lang, &said.name}) {
    if (!part->empty()) who += (who.empty() ? "" : ":") + *part;
  }
  if (!who.empty()) text += " - " + go_quote(who);
  if (!label.user.empty()) {
    text += " - " + go_quote(std::string(label.account) + "/" + std::string(label.user));
  }
  return text;
}

namespace {

std::string traced(std::string_view verb, std::string_view argument) {
  std::string text = "<<- [";
  text += verb;
  if (!argument.empty()) text += ' ';
  text += argument;
  text += ']';
  return text;
}

}  // namespace

std::string traced(const Op& op) {
  switch (op.kind) {
    case OpKind::kPub:
      return traced(op.has_header ? "HPUB" : "PUB", op.argument);
    case OpKind::kSub:
      return traced("SUB", op.argument);
    case OpKind::kUnsub:
      return traced("UNSUB", op.argument);
    case OpKind::kConnect:
      return traced("CONNECT", redact_connect(op.argument));
    case OpKind::kPing:
      return traced("PING", {});
    case OpKind::kPong:
      return traced("PONG", {});
    default:
      return {};
  }
}

std::string traced_content(std::string_view content, uint32_t header_size, const Options& options) {
  constexpr size_t kHeaderEnd = sizeof("\r\n\r\n") - 1;
  if (options.trace_headers) {
    content = content.substr(0, header_size < kHeaderEnd ? 0 : header_size - kHeaderEnd);
  }
  if (content.empty()) return {};
  const size_t max = options.max_traced_msg_len;
  std::string shown = go_quote(max > 0 ? content.substr(0, max) : content);
  if (max > 0 && content.size() > max) shown.insert(shown.size() - 1, "...");
  return "MSG_PAYLOAD: [" + shown + "]";
}

}  // namespace myelin
