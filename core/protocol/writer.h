// Writer: what a server says to a client, byte for byte: MSG and HMSG lines, -ERR lines, and the
// texts of those that quote a subject. The texts are nats-server's; the fixed ones stand in
// errors.h.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace myelin {

// The line before a message; an empty header_size makes it MSG, another HMSG.
struct MsgLine {
  std::string_view subject;
  std::string_view sid;
  std::string_view reply;  // empty: none
  std::string_view header_size;
  std::string_view size;
};

namespace writer {

template <size_t N>
void copy_ends(char* to, const char* from, size_t size) {
  char head[N];
  char tail[N];
  std::memcpy(head, from, N);
  std::memcpy(tail, from + size - N, N);
  std::memcpy(to, head, N);
  std::memcpy(to + size - N, tail, N);
}

// Copies a few bytes without a call: most parts of a MSG line are shorter than a cache line.
// Returns the end.
inline char* put(char* to, std::string_view bytes) {
  const size_t size = bytes.size();
  const char* from = bytes.data();
  if (size > 32) {
    std::memcpy(to, from, size);
  } else if (size >= 16) {
    copy_ends<16>(to, from, size);
  } else if (size >= 8) {
    copy_ends<8>(to, from, size);
  } else if (size >= 4) {
    copy_ends<4>(to, from, size);
  } else if (size > 0) {
    to[0] = from[0];
    to[size / 2] = from[size / 2];
    to[size - 1] = from[size - 1];
  }
  return to + size;
}

}  // namespace writer

// Room that write_msg_line needs at most.
inline size_t msg_line_size_max(const MsgLine& line) {
  return sizeof("HMSG      \r\n") + line.subject.size() + line.sid.size() + line.reply.size() +
         line.header_size.size() + line.size.size();
}

// Writes the line with its CR LF and returns the end.
inline char* write_msg_line(char* to, const MsgLine& line) {
  using writer::put;
  const bool has_header = !line.header_size.empty();
  to = put(to, has_header ? std::string_view("HMSG ") : std::string_view("MSG "));
  to = put(to, line.subject);
  *to++ = ' ';
  to = put(to, line.sid);
  *to++ = ' ';
  if (!line.reply.empty()) {
    to = put(to, line.reply);
    *to++ = ' ';
  }
  if (has_header) {
    to = put(to, line.header_size);
    *to++ = ' ';
  }
  to = put(to, line.size);
  *to++ = '\r';
  *to++ = '\n';
  return to;
}

// A whole 503 message that tells a requester that nobody listens on `subject`.
std::string no_responders_message(std::string_view reply, std::string_view sid,
                                  std::string_view subject);

// "-ERR 'text'" CR LF.
std::string error_line(std::string_view text);

// The texts of permission violations.
std::string publish_violation(std::string_view subject);
std::string reply_violation(std::string_view reply);
std::string subscription_violation(std::string_view subject, std::string_view queue);
std::string too_many_tokens_violation(std::string_view subject);
// A reload took the right to a subscription that stood.
std::string lost_subscription_violation(std::string_view subject, std::string_view queue,
                                        std::string_view sid);

}  // namespace myelin
