#include "hosts/websocket/http_answer.h"

#include <charconv>

#include "core/base/text.h"
#include "hosts/websocket/http_date.h"
#include "hosts/websocket/request_target.h"

namespace myelin {
namespace {

constexpr char kTextType[] = "text/plain; charset=utf-8";

}  // namespace

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 416:
      return "Requested Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string to_string(const HttpHead& head) {
  std::string text = head.version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  text += decimal(head.status);
  text.append(" ").append(reason_of(head.status)).append("\r\n");
  for (const auto& [name, value] : *head.fields) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  text.append("Date: ").append(http_date(head.unix_seconds)).append("\r\n");
  if (head.framing == Framing::kLength) {
    text += "Content-Length: ";
    append_decimal(text, head.length);
    text += "\r\n";
  } else if (head.framing == Framing::kChunked) {
    text += "Transfer-Encoding: chunked\r\n";
  }
  if (!head.keeps_alive) {
    text += "Connection: close\r\n";
  } else if (head.version == 10) {
    text += "Connection: keep-alive\r\n";
  }
  return text += "\r\n";
}

std::string chunk_head(uint64_t size) {
  char digits[16];
  char* const end = std::to_chars(digits, digits + sizeof digits, size, 16).ptr;
  return std::string(digits, end) + "\r\n";
}

HttpAnswer text_answer(int status, std::string text) {
  return {.status = status,
          .fields = {{"Content-Type", kTextType}, {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(text)};
}

HttpAnswer not_found() { return text_answer(404, "404 page not found\n"); }

HttpAnswer redirect(std::string location) {
  std::string body = "<a href=\"" + escape_html(location) + "\">Temporary Redirect</a>.\n\n";
  return {
      .status = 307,
      .fields = {{"Content-Type", "text/html; charset=utf-8"}, {"Location", std::move(location)}},
      .body = std::move(body)};
}

}  // namespace myelin
