#include "hosts/websocket/request_reader.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "core/base/text.h"

namespace myelin {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string to_text(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

class RequestReader::Parser final : public http::basic_parser<true> {
 public:
  Parser() {
    header_limit(kHeadSizeMax);
    body_limit(kBodySizeMax);
    eager(true);
  }

  HttpRequest& request() { return request_; }
  // To be asked for its body.
  bool waits() const { return waits_ && is_header_done(); }

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                       int version, beast::error_code&) override {
    request_.method = to_text(method);
    request_.target = to_text(target);
    request_.version = version;
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}

  void on_field_impl(http::field name, beast::string_view, beast::string_view value,
                     beast::error_code&) override {
    switch (name) {
      case http::field::host:
        request_.has_host = true;
        return;
      case http::field::expect:
        waits_ = equals_ignoring_case(to_text(value), "100-continue");
        return;
      case http::field::if_none_match:
        request_.if_none_match = to_text(value);
        return;
      case http::field::if_modified_since:
        request_.if_modified_since = to_text(value);
        return;
      case http::field::if_range:
        request_.if_range = to_text(value);
        return;
      case http::field::range:
        request_.range = to_text(value);
        return;
      default:
        return;
    }
  }

  void on_header_impl(beast::error_code&) override { request_.keeps_alive = keep_alive(); }
  void on_body_init_impl(const boost::optional<uint64_t>&, beast::error_code&) override {}
  size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t, beast::string_view, beast::error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, beast::string_view body, beast::error_code&) override {
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  HttpRequest request_;
  bool waits_ = false;
};

RequestReader::RequestReader() : parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

const HttpRequest& RequestReader::request() const { return parser_->request(); }
bool RequestReader::has_head() const { return parser_->is_header_done(); }

RequestReader::Progress RequestReader::take(std::string_view& input) {
  beast::error_code error;
  while (!parser_->is_done() && !input.empty()) {
    const size_t size = parser_->put(boost::asio::const_buffer(input.data(), input.size()), error);
    input.remove_prefix(size);
    if (error || size == 0) break;
  }
  HttpRequest& request = parser_->request();
  if (!parser_->is_done()) {
    const bool is_partial = !error || error == http::error::need_more;
    if (error == http::error::body_limit || (is_partial && parser_->waits())) {
      request.leaves_body = true;
    } else if (is_partial) {
      return input.size() > kHeadSizeMax ? refuse(400, "bad chunk") : Progress::kNeedsMore;
    } else if (error == http::error::header_limit) {
      return refuse(431, "");
    } else if (error == http::error::bad_version) {
      return refuse(505, "unsupported protocol version");
    } else {
      return refuse(400, "");
    }
  }
  if (request.version == 11 && !request.has_host) {
    return refuse(400, "missing required Host header");
  }
  return Progress::kDone;
}

RequestReader::Progress RequestReader::refuse(int status, std::string reason) {
  status_ = status;
  reason_ = std::move(reason);
  return Progress::kRefused;
}

}  // namespace myelin
