#include "hosts/websocket/ws_protocol.h"

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstring>
#include <utility>

#include "core/base/text.h"
#include "hosts/websocket/memory_stream.h"
#include "hosts/websocket/upgrade_request.h"
#include "hosts/websocket/ws_frame.h"

namespace myelin {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using ErrorCode = boost::system::error_code;

constexpr unsigned char kOpcodeMask = 0x0f;
constexpr unsigned char kMasked = 0x80;
constexpr unsigned char kText = 1;
constexpr unsigned char kFirstControl = 8;
constexpr unsigned char kCloseFrame = kWsFinal | 8;
constexpr unsigned char kReserved = 0x30;
constexpr std::string_view kTooBig = "Maximum Message Payload Exceeded";
constexpr uint16_t kCloseCodeMax = 4999;  // Beast lets greater ones pass
constexpr uint64_t kDeflatedPerInflatedMax = 8;
constexpr size_t kInflatedPart = 4096;
constexpr uint64_t kDeflatedMax = 64 * 1024 * 1024;

struct FrameHeader {
  unsigned char first = 0;
  bool is_masked = false;
  uint64_t length = 0;
  size_t size = 0;  // of the header
  WsMask mask;

  unsigned char opcode() const { return first & kOpcodeMask; }
  bool is_final() const { return (first & kWsFinal) != 0; }
};

// Nothing while it is not whole.
std::optional<FrameHeader> peek_header(std::string_view input) {
  if (input.size() < 2) return std::nullopt;
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(input[at]); };
  FrameHeader header{.first = byte(0), .is_masked = (byte(1) & kMasked) != 0};
  const unsigned char short_length = byte(1) & 0x7f;
  const size_t length_size = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  header.size = 2 + length_size + (header.is_masked ? WsMask::kSize : 0);
  if (input.size() < header.size) return std::nullopt;
  header.length = length_size == 0 ? short_length : 0;
  for (size_t at = 0; at < length_size; ++at) header.length = header.length << 8 | byte(2 + at);
  if (header.is_masked) header.mask = WsMask(&input[2 + length_size]);
  return header;
}

// Beast refuses a length written longer than it need be.
bool is_canonical(const FrameHeader& header) {
  const size_t base = header.size - (header.is_masked ? WsMask::kSize : 0);
  return base == 2 || (base == 4 ? header.length > 125 : header.length > 0xffff);
}

struct Verdict {
  websocket::error error;
  uint16_t code;
  std::string_view reason;
};
// nats-server's words where it has them.
constexpr Verdict kVerdicts[] = {
    {websocket::error::bad_unmasked_frame, 1002, "mask bit missing"},
    {websocket::error::bad_reserved_bits, 1002, "RSV2 and RSV3 must be clear"},
    {websocket::error::bad_control_fragment, 1002, "control frame does not have final bit set"},
    {websocket::error::bad_control_size, 1002,
     "control frame length bigger than maximum allowed of 125 bytes"},
    {websocket::error::bad_data_frame, 1002,
     "new message started before final frame for previous message was received"},
    {websocket::error::bad_continuation, 1002, "invalid continuation frame"},
    {websocket::error::bad_size, 1002, "invalid payload length"},
    {websocket::error::bad_close_code, 1002, "invalid close status code"},
    {websocket::error::bad_close_size, 1002, "close frame payload cannot be 1 byte"},
    {websocket::error::bad_close_payload, 1007, "invalid utf8 body in close frame"},
    {websocket::error::message_too_big, 1009, kTooBig},
};

// Runs what is posted to it at once, so that an operation that can go on does.
class InlineExecutor {
 public:
  explicit InlineExecutor(net::io_context& context) : context_(&context) {}

  net::execution_context& context() const noexcept { return *context_; }
  void on_work_started() const noexcept {}
  void on_work_finished() const noexcept {}
  template <class Function, class Allocator>
  void dispatch(Function&& function, const Allocator&) const {
    std::decay_t<Function>(std::forward<Function>(function))();
  }
  template <class Function, class Allocator>
  void post(Function&& function, const Allocator&) const {
    std::decay_t<Function>(std::forward<Function>(function))();
  }
  template <class Function, class Allocator>
  void defer(Function&& function, const Allocator&) const {
    std::decay_t<Function>(std::forward<Function>(function))();
  }
  bool operator==(const InlineExecutor& other) const noexcept { return context_ == other.context_; }

 private:
  net::io_context* context_;
};

}  // namespace

// Beast's stream and the one read that is under way on it.
class WsProtocol::Machine {
 public:
  struct Result {
    ErrorCode error;
    size_t size = 0;
  };

  explicit Machine(net::io_context& context) : stream(context), executor_(context) {}
  // The operations under way refer to the stream.
  ~Machine() { wire().forget_operations(); }

  MemoryStream& wire() { return stream.next_layer(); }
  void read(std::span<char> to) {
    is_reading = true;
    stream.async_read_some(net::buffer(to.data(), to.size()),
                           net::bind_executor(executor_, [this](ErrorCode error, size_t size) {
                             is_reading = false;
                             result = Result{error, size};
                           }));
  }

  websocket::stream<MemoryStream> stream;
  bool is_reading = false;
  std::optional<Result> result;  // of a read that is done

 private:
  InlineExecutor executor_;
};

WsProtocol::WsProtocol(Completions& completions, std::span<char> scratch, User& user)
    : user_(user), scratch_(scratch), machine_(std::make_unique<Machine>(completions.context())) {}

WsProtocol::~WsProtocol() = default;

std::string WsProtocol::accept(Upgrade& upgrade, const Options& options,
                               std::span<const std::pair<std::string, std::string>> extra) {
  auto& stream = machine_->stream;
  websocket::permessage_deflate deflate;
  deflate.server_enable = compresses_ = options.compresses;
  deflate.server_no_context_takeover = deflate.client_no_context_takeover = true;
  stream.set_option(deflate);
  takes_unmasked_ = options.takes_unmasked;
  message_max_ = options.message_max;

  std::string response;
  stream.set_option(websocket::stream_base::decorator([&](websocket::response_type& made) {
    response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    const auto add = [&](std::string_view name, std::string_view value) {
      response.append(name).append(": ").append(value).append("\r\n");
    };
    add("Sec-WebSocket-Accept", std::string(made[http::field::sec_websocket_accept]));
    const std::string extensions(made[http::field::sec_websocket_extensions]);
    if (!extensions.empty()) add("Sec-WebSocket-Extensions", extensions);
    if (options.takes_unmasked) add("Nats-No-Masking", "true");
    for (const auto& [name, value] : extra) add(name, value);
    response += "\r\n";
  }));
  // What nats-server takes and Beast does not: other versions beside 13, and HTTP 1.0.
  auto& message = upgrade.request().message;
  message.set(http::field::sec_websocket_version, "13");
  message.version(11);
  ErrorCode error;
  stream.accept(message, error);
  stream.set_option(websocket::stream_base::decorator([](websocket::response_type&) {}));
  if (error) return {};
  if (compresses_) {
    inflated_.resize(kInflatedPart);
    scratch_ = inflated_;
  }
  return response;
}

// Input -------------------------------------------------------------------------------------------

void WsProtocol::receive(std::span<char> bytes) {
  if (end_) return;
  if (is_working_ || is_blocked() || !kept_.empty()) {
    kept_.append(bytes.data(), bytes.size());
    return work_off_kept();
  }
  const std::span<char> left = work_off(bytes);
  kept_.assign(left.data(), left.size());
}

void WsProtocol::resume() {
  is_paused_ = false;
  work_off_kept();
}

void WsProtocol::pong_written() {
  waits_for_pong_ = false;
  work_off_kept();
}

void WsProtocol::stop() {
  if (!end_) end_ = End{};
}

void WsProtocol::work_off_kept() {
  if (is_working_ || is_blocked() || end_) return;
  std::string input = std::exchange(kept_, {});
  const std::span<char> left = work_off(input);
  kept_.insert(0, left.data(), left.size());
}

// What is left of it must come again, with more behind.
std::span<char> WsProtocol::work_off(std::span<char> input) {
  is_working_ = true;
  while (!end_ && !is_blocked() && step(input)) {
  }
  is_working_ = false;
  return end_ ? std::span<char>() : input;
}

// One thing that can be done now; false: there is none without more input. A read begins here only,
// where its result is taken before anything else happens to the scratch memory.
bool WsProtocol::step(std::span<char>& input) {
  MemoryStream& wire = machine_->wire();
  if (machine_->result) return take_result();
  if (!machine_->is_reading) {
    machine_->read(scratch_);
    return true;
  }
  if (wire.has_written()) return take_written();
  if (wire.is_torn_down()) {
    wire.finish_teardown();
    return true;
  }
  if (header_.empty() && frame_left_ == 0) return take_plain_frames(input) || begin_frame(input);
  if (!wire.wants_input()) return false;
  if (!header_.empty()) {
    header_.erase(0, wire.give(header_));
    return true;
  }
  if (input.empty()) return false;
  const auto most = static_cast<size_t>(std::min<uint64_t>(frame_left_, input.size()));
  const size_t given = wire.give({input.data(), most});
  input = input.subspan(given);
  frame_left_ -= given;
  return true;
}

bool WsProtocol::take_result() {
  const Machine::Result result = *machine_->result;
  if (result.error) {
    judge_end();
    return false;
  }
  machine_->result.reset();
  if (result.size > 0) user_.on_payload(as_bytes({scratch_.data(), result.size}));
  return true;
}

// Pongs; close frames are said in other words, once the end is known.
bool WsProtocol::take_written() {
  MemoryStream& wire = machine_->wire();
  const std::string& frame = wire.written();
  const bool is_close = static_cast<unsigned char>(frame[0]) == kCloseFrame;
  if (!is_close && !std::exchange(pong_was_sent_, true)) {
    waits_for_pong_ = true;
    user_.on_pong(frame);
    return true;
  }
  pong_was_sent_ = false;
  wire.finish_write();
  return true;
}

// Only between messages, when Beast waits for a frame to begin: it need not know of these. Payloads
// move together where they are, the first to the front of the input, so that the Server is called
// once for all of them and no other memory is touched.
bool WsProtocol::take_plain_frames(std::span<char>& input) {
  if (is_in_message_ || !machine_->wire().wants_input()) return false;
  char* const payload = input.data();
  size_t filled = 0;
  const size_t before = input.size();
  while (plain_left_ > 0 || begin_plain_frame(input)) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(plain_left_, input.size()));
    mask_.take_off(input.data(), size, payload + filled);
    filled += size;
    plain_left_ -= size;
    input = input.subspan(size);
    if (plain_left_ > 0) break;
  }
  if (filled > 0) user_.on_payload(as_bytes({payload, filled}));
  return input.size() != before;
}

// A whole message in one frame, not compressed. Text is taken as it is: nats-server does not look
// whether it is UTF-8.
bool WsProtocol::begin_plain_frame(std::span<char>& input) {
  const std::optional<FrameHeader> header = peek_header({input.data(), input.size()});
  if (!header || !(header->is_masked || takes_unmasked_)) return false;
  if (header->first != (kWsFinal | kWsBinary) && header->first != (kWsFinal | kText)) return false;
  if (!is_canonical(*header) || header->length >> 63 != 0) return false;
  plain_left_ = header->length;
  mask_ = header->mask;
  input = input.subspan(header->size);
  return true;
}

// What follows is Beast's, up to the end of the frame. It is told of a masked frame, and not of
// text: it would insist.
bool WsProtocol::begin_frame(std::span<char>& input) {
  const std::optional<FrameHeader> header = peek_header({input.data(), input.size()});
  if (!header) return false;
  if (header->length >> 63 != 0) return fail(1002, "invalid 64-bit payload length");
  first_ = header->first;
  frame_left_ = header->length;
  header_.assign(input.data(), header->size);
  input = input.subspan(header->size);
  if (header->opcode() == kText) header_[0] = static_cast<char>(first_ ^ kText ^ kWsBinary);
  if (takes_unmasked_ && !header->is_masked) {
    header_[1] = static_cast<char>(header_[1] | kMasked);
    header_.append(WsMask::kSize, '\0');
  }
  if (header->opcode() >= kFirstControl) return true;
  if (header->opcode() != 0) {
    is_compressed_ = compresses_ && (header->first & kWsCompressed) != 0;
    machine_->stream.read_message_max(is_compressed_ ? message_max_ : 0);
    deflated_left_ = std::min(message_max_ * kDeflatedPerInflatedMax, kDeflatedMax);
  }
  is_in_message_ = !header->is_final();
  if (!is_compressed_) return true;
  if (header->length > deflated_left_) return fail(1009, kTooBig);
  deflated_left_ -= header->length;
  return true;
}

bool WsProtocol::fail(uint16_t code, std::string_view reason) {
  end_ = End{.close = {code, std::string(reason)}};
  return false;
}

void WsProtocol::judge_end() {
  const ErrorCode& error = machine_->result->error;
  if (error == websocket::error::closed) {
    const websocket::close_reason& said = machine_->stream.reason();
    if (said.code > kCloseCodeMax) {
      fail(1002, "invalid close status code " + decimal(int64_t{said.code}));
      return;
    }
    end_ = End{.close = {said.code, std::string(said.reason.data(), said.reason.size())},
               .is_by_peer = true};
    if (said.code == websocket::close_code::none) end_->close = {};
    return;
  }
  if (error == websocket::error::bad_reserved_bits && (first_ & kReserved) == 0) {
    fail(1002, first_ == 0 || !compresses_
                   ? "compressed frame received without negotiated permessage-deflate"
                   : "invalid continuation frame");
    return;
  }
  if (error == websocket::error::bad_opcode) {
    fail(1002, "unknown opcode " + decimal(first_ & kOpcodeMask));
    return;
  }
  for (const Verdict& verdict : kVerdicts) {
    if (error == verdict.error) {
      fail(verdict.code, verdict.reason);
      return;
    }
  }
  fail(1007, "invalid compressed data");
}

}  // namespace myelin
