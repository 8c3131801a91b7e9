// HttpAnswer: what is said to one request, and the text of its head. A body is bytes at hand, a
// file, or a report that the Server is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hosts/websocket/http_conditions.h"
#include "hosts/websocket/static_folder.h"

namespace myelin {

struct HttpAnswer {
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  struct FilePart {
    OpenFile file;
    ByteRange part;
  };
  struct Question {
    std::string_view path;  // a known one
    std::string parameters;
  };

  int status = 200;
  Fields fields;  // without those that frame the message
  // One of these, or none of them and a body that may be empty.
  std::string body;
  std::optional<FilePart> file;
  std::optional<Question> question;
};

// How the end of a body is known.
enum class Framing {
  kLength,
  kChunked,
  kUntilClose,  // HTTP/1.0, which knows no chunks
  kNone,        // 304, and a HEAD whose length nobody has counted
};

struct HttpHead {
  int version = 11;  // of the request: 10 or 11
  int status = 200;
  const HttpAnswer::Fields* fields = nullptr;
  Framing framing = Framing::kLength;
  uint64_t length = 0;
  bool keeps_alive = true;
  int64_t unix_seconds = 0;
};

// Status line and fields, with the empty line that ends them.
std::string to_string(const HttpHead& head);
// "Not Found".
std::string_view reason_of(int status);
// The line before a chunk of the body; after it comes "\r\n", and after the last "0\r\n\r\n".
std::string chunk_head(uint64_t size);

// Texts for people: "404 page not found".
HttpAnswer text_answer(int status, std::string text);
HttpAnswer not_found();
HttpAnswer redirect(std::string location);

}  // namespace myelin
