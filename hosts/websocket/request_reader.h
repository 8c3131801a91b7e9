// RequestReader: bytes of a connection to one HTTP request, by Boost.Beast's parser. What a request
// carries beyond its head is thrown away, or not read where it is large or waits to be asked for:
// nothing here is posted to.
//
// Everything comes from outside: the head, a body and what stands between chunks of one are
// bounded, and what is wrong has a status to be refused with.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace myelin {

struct HttpRequest {
  std::string method;
  std::string target;
  int version = 11;  // 10 or 11
  bool keeps_alive = true;
  bool leaves_body = false;  // it has one that is not read: nothing can follow on the connection
  bool has_host = false;
  std::string if_none_match;
  std::string if_modified_since;
  std::string if_range;
  std::string range;

  bool is_head() const { return method == "HEAD"; }
};

class RequestReader {
 public:
  // nats-server takes a head of 1 MiB; no asker of reports needs a twentieth of it.
  static constexpr size_t kHeadSizeMax = 32 * 1024;
  static constexpr size_t kBodySizeMax = 256 * 1024;

  enum class Progress { kNeedsMore, kDone, kRefused };

  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Takes what it can from the front of `input`. What it left must come again, with more behind.
  Progress take(std::string_view& input);

  const HttpRequest& request() const;
  bool has_head() const;  // and reads the body
  // Of a refusal.
  int status() const { return status_; }
  const std::string& reason() const { return reason_; }

 private:
  class Parser;
  Progress refuse(int status, std::string reason);

  std::unique_ptr<Parser> parser_;
  int status_ = 0;
  std::string reason_;
};

}  // namespace myelin
