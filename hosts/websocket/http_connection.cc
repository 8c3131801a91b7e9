#include "hosts/websocket/http_connection.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "hosts/common/clock.h"
#include "hosts/common/go_text.h"
#include "hosts/websocket/http_host.h"

namespace myelin {
namespace {

// A request's head within nats-server's time; a body, and an answer, as long as they make progress.
constexpr uint64_t kHeadPatienceMs = 5'000;
constexpr uint64_t kBodyPatienceMs = 10'000;
constexpr uint64_t kIdlePatienceMs = 120'000;
constexpr uint64_t kAnswerPatienceMs = 60'000;

constexpr size_t kInputMax = 2 * RequestReader::kHeadSizeMax;
// Then others have their turn.
constexpr int kStepsPerTurn = 16;
constexpr uint32_t kFileSliceMax = 256 * 1024;
// Then a report pauses until its asker has read what there is.
constexpr uint64_t kUnwrittenMax = 256 * 1024;

}  // namespace

HttpConnection::HttpConnection(HttpHost& host) : host_(host), transport_(*this) {}
HttpConnection::~HttpConnection() = default;

void HttpConnection::start(AcceptedSocket socket, std::unique_ptr<TlsSession> tls) {
  set_deadline(kHeadPatienceMs);
  tls_ = std::move(tls);
  if (tls_ != nullptr) peer_ = join_host_port(socket.address, socket.port);
  if (!transport_.attach(host_.loop().uv(), socket.descriptor, socket.kind)) {
    is_closing_ = true;
    return;
  }
  is_reading_ = true;
  transport_.start_reading();
}

void HttpConnection::turn_away() {
  if (tls_ != nullptr) return abort();
  is_advancing_ = true;  // until it is closed
  answer_ = Answering{};
  send_answer(text_answer(503, "503 too many connections\n"));
  close_when_written();
}

// Who speaks plain HTTP is told so, as Go does.
void HttpConnection::begin_tls(Bytes first) {
  constexpr char kHandshakeRecord = 22;
  const std::string_view text = as_text(first);
  const char letter = ascii_lower(text.front());
  if (text.front() == kHandshakeRecord || letter < 'a' || letter > 'z') {
    return transport_.start_tls(std::move(tls_), first);
  }
  tls_.reset();
  is_advancing_ = true;  // until it is closed
  send("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
  close_when_written();
}

// Requests in -------------------------------------------------------------------------------------

void HttpConnection::advance() {
  if (std::exchange(is_advancing_, true)) return;
  int steps = 0;
  while (!is_closing_ && steps < kStepsPerTurn && step()) ++steps;
  is_advancing_ = false;
  regulate_reading();
  if (steps == kStepsPerTurn && !is_closing_) host_.resume_next_turn(*this);
}

// Requests may come faster than they are answered, even by who reads the answers.
void HttpConnection::regulate_reading() {
  const bool reads = !is_closing_ && !is_half_closed_ && input_.size() < kInputMax;
  if (std::exchange(is_reading_, reads) == reads) return;
  if (reads) {
    transport_.start_reading();
  } else {
    transport_.stop_reading();
  }
}

bool HttpConnection::step() {
  if (!answer_) return read_request();
  if (unwritten_ != 0) return false;
  if (answer_->is_paused) resume_report();
  if (!answer_->is_complete) return answer_->answer.file && send_file_slice();
  finish_answer();
  return true;
}

bool HttpConnection::read_request() {
  if (input_.empty()) {
    if (is_half_closed_) close_when_written();
    return false;
  }
  if (!reader_) {
    reader_.emplace();
    set_deadline(kHeadPatienceMs);
  }
  const bool had_head = reader_->has_head();
  std::string_view input = input_;
  const RequestReader::Progress progress = reader_->take(input);
  input_.erase(0, input_.size() - input.size());
  switch (progress) {
    case RequestReader::Progress::kDone: {
      const HttpRequest request = reader_->request();
      reader_.reset();
      begin(request);
      return true;
    }
    case RequestReader::Progress::kRefused:
      refuse(reader_->status(), reader_->reason());
      return false;
    case RequestReader::Progress::kNeedsMore:
      if (!had_head && reader_->has_head()) set_deadline(kBodyPatienceMs);
      if (is_half_closed_) close_when_written();
      return false;
  }
  return false;
}

// As Go refuses what is no request.
void HttpConnection::refuse(int status, const std::string& reason) {
  std::string text = std::to_string(status) + " ";
  text += reason_of(status);
  if (!reason.empty()) text += ": " + reason;
  answer_ = Answering{};
  send_answer(text_answer(status, std::move(text)));
  close_when_written();
}

// Answers out -------------------------------------------------------------------------------------

void HttpConnection::begin(const HttpRequest& request) {
  answer_ = Answering{};
  answer_->version = request.version;
  answer_->is_head = request.is_head();
  answer_->keeps_alive = request.keeps_alive && !request.leaves_body;
  set_deadline(kAnswerPatienceMs);
  HttpAnswer answer = host_.site().answer(request);
  if (answer.status == 400) answer_->keeps_alive = false;
  if (!answer.question) return send_answer(std::move(answer));
  Queries::Question question{
      .path = std::string(answer.question->path),
      .parameters = std::move(answer.question->parameters),
      .host = host_.facts(),
      .taker = [this](Report slice) { take_slice(std::move(slice)); },
  };
  answer_->ticket = host_.loop().queries().ask(std::move(question));
}

void HttpConnection::send_answer(HttpAnswer answer) {
  Answering& to = *answer_;
  to.answer = std::move(answer);
  const bool has_body = to.answer.status != 304;
  const uint64_t length = to.answer.file ? to.answer.file->part.size : to.answer.body.size();
  to.is_complete = !to.answer.file || to.is_head || length == 0;
  send_head(has_body ? Framing::kLength : Framing::kNone, length);
  if (to.is_complete) to.answer.file.reset();
}

// With the body, where it is at hand.
void HttpConnection::send_head(Framing framing, uint64_t length) {
  Answering& to = *answer_;
  to.has_head = true;
  to.framing = framing;
  if (framing == Framing::kUntilClose) to.keeps_alive = false;
  std::string text = to_string(HttpHead{
      .version = to.version,
      .status = to.answer.status,
      .fields = &to.answer.fields,
      .framing = framing,
      .length = length,
      .keeps_alive = to.keeps_alive,
      .unix_seconds = read_wall_clock().unix_ns / 1'000'000'000,
  });
  if (!to.is_head && framing == Framing::kLength) text += to.answer.body;
  send(std::move(text));
}

// What is written at once must not end the answer while it is being made.
void HttpConnection::take_slice(Report slice) {
  if (is_closing_ || !answer_) return;
  set_deadline(kAnswerPatienceMs);
  is_advancing_ = true;
  if (slice.last) answer_->ticket.reset();
  if (answer_->has_head || begin_report(slice)) send_slice(std::move(slice));
  is_advancing_ = false;
  if (unwritten_ > kUnwrittenMax && answer_->ticket) {
    answer_->is_paused = true;
    host_.loop().queries().pause(*answer_->ticket);
  }
  advance();
}

void HttpConnection::resume_report() {
  answer_->is_paused = false;
  if (answer_->ticket) host_.loop().queries().resume(*answer_->ticket);
}

// By the first slice, which says what kind of answer it is. False if that was all.
bool HttpConnection::begin_report(Report& slice) {
  Answering& to = *answer_;
  HttpAnswer answer{.status = slice.status};
  answer.fields.emplace_back("Content-Type", std::string(slice.content_type));
  // What nats-server's own response function says, and its plain errors do not.
  if (slice.status == 200 || slice.content_type == "application/json") {
    answer.fields.emplace_back("Access-Control-Allow-Origin", "*");
  }
  if (slice.last) {
    answer.body = std::move(slice.bytes);
    send_answer(std::move(answer));
    return false;
  }
  to.answer = std::move(answer);
  if (to.is_head) {
    send_head(Framing::kNone, 0);
    to.is_complete = true;
    host_.loop().queries().cancel(*std::exchange(to.ticket, std::nullopt));
    return false;
  }
  send_head(to.version == 10 ? Framing::kUntilClose : Framing::kChunked, 0);
  return true;
}

void HttpConnection::send_slice(Report slice) {
  if (answer_->framing != Framing::kChunked) {
    send(std::move(slice.bytes));
  } else {
    std::string text;
    if (!slice.bytes.empty()) text = chunk_head(slice.bytes.size()) + slice.bytes + "\r\n";
    if (slice.last) text += "0\r\n\r\n";
    send(std::move(text));
  }
  if (slice.last) answer_->is_complete = true;
}

// What was announced cannot be taken back: a file that has become shorter breaks the connection.
bool HttpConnection::send_file_slice() {
  HttpAnswer::FilePart& from = *answer_->answer.file;
  const auto size = static_cast<uint32_t>(std::min<uint64_t>(from.part.size, kFileSliceMax));
  Buffer slice = Buffer::allocate(size);
  const ssize_t got =
      pread(from.file.descriptor(), slice.data(), size, static_cast<off_t>(from.part.begin));
  if (got <= 0) {
    abort();
    return false;
  }
  const auto read = static_cast<uint32_t>(got);
  from.part.begin += read;
  from.part.size -= read;
  if (from.part.size == 0) {
    answer_->is_complete = true;
    answer_->answer.file.reset();
  }
  unwritten_ += read;
  std::vector<Chunk> chunks;
  chunks.push_back({.buffer = std::move(slice), .offset = 0, .size = read});
  transport_.write(std::move(chunks));
  // The next slice is for the next turn, even if the kernel took this one.
  if (!is_closing_ && unwritten_ == 0) host_.resume_next_turn(*this);
  return false;
}

void HttpConnection::finish_answer() {
  const bool keeps_alive = answer_->keeps_alive;
  answer_.reset();
  if (!keeps_alive) return close_when_written();
  set_deadline(kIdlePatienceMs);
}

void HttpConnection::send(std::string bytes) {
  if (bytes.empty() || is_closing_) return;
  unwritten_ += bytes.size();
  std::vector<Chunk> chunks;
  chunks.push_back(
      {.buffer = Buffer::copy_of(bytes), .offset = 0, .size = static_cast<uint32_t>(bytes.size())});
  transport_.write(std::move(chunks));
}

// Ends --------------------------------------------------------------------------------------------

void HttpConnection::resume() { advance(); }

void HttpConnection::set_deadline(uint64_t patience_ms) {
  since_ms_ = host_.now_ms();
  deadline_ms_ = since_ms_ + patience_ms;
}

void HttpConnection::check_deadline(uint64_t now_ms) {
  if (now_ms >= deadline_ms_) abort();
}

void HttpConnection::close_when_written() {
  if (std::exchange(is_closing_, true)) return;
  transport_.close_when_written();
}

void HttpConnection::abort() {
  is_closing_ = true;
  if (answer_ && answer_->ticket) {
    host_.loop().queries().cancel(*std::exchange(answer_->ticket, std::nullopt));
  }
  transport_.abort();
}

// What the Transport says -------------------------------------------------------------------------

std::span<char> HttpConnection::read_buffer() { return host_.loop().read_buffer(); }

void HttpConnection::on_read(Bytes bytes, bool) {
  if (is_closing_) return;
  if (tls_ != nullptr) return begin_tls(bytes);
  input_.append(as_text(bytes));
  advance();
}

void HttpConnection::on_written(uint64_t size) {
  unwritten_ -= std::min(unwritten_, size);
  set_deadline(is_closing_ ? kHeadPatienceMs : kAnswerPatienceMs);
  advance();
}

void HttpConnection::on_secured(TlsFacts) { set_deadline(kHeadPatienceMs); }

// A peer that has said all it wants to say may still be listening.
void HttpConnection::on_end(LinkEnd end) {
  if (end == LinkEnd::kTlsHandshakeFailed && !is_closing_) {
    host_.log().write(LogLevel::kError, "monitoring: TLS handshake error from " + peer_ + ": " +
                                            transport_.tls_failure().text);
  }
  if (is_closing_ && end == LinkEnd::kPeerClosed) return;
  if (end != LinkEnd::kPeerClosed) return abort();
  is_half_closed_ = true;
  is_reading_ = false;
  advance();
}

void HttpConnection::on_released() {
  is_closing_ = true;
  if (answer_ && answer_->ticket) host_.loop().queries().cancel(*answer_->ticket);
  host_.release(*this);
}

}  // namespace myelin
