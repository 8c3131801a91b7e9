// HttpConnection: one connection of a monitoring listener: requests in, answers out, one after the
// other. Beast parses, straight from what the Transport reads; nothing is asynchronous but the
// Transport itself and the Server's reports.
//
//     reading  --request-->  answering  --all written-->  reading, or closed
//
// While it answers, what else comes is kept up to a bound (pipelining), then no longer read. A body
// leaves as it comes: a report by its slices, which pause while too much of it is unwritten; a file
// by one slice in each turn of the loop, read when the one before is written. So neither a long
// answer nor a slow reader costs memory, and no turn waits for more of a disk than one slice. A
// file that shrinks meanwhile ends the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/queries.h"
#include "hosts/uv/transport.h"
#include "hosts/websocket/http_answer.h"
#include "hosts/websocket/request_reader.h"

namespace myelin {

class HttpHost;

class HttpConnection final : private Transport::User {
 public:
  explicit HttpConnection(HttpHost& host);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Takes the socket in any case. With a session, TLS is spoken on it.
  void start(AcceptedSocket socket, std::unique_ptr<TlsSession> tls);
  // Says that there is no room, and closes.
  void turn_away();
  // Goes on with what had to wait for the next turn of the loop.
  void resume();
  // Closes if its time is over.
  void check_deadline(uint64_t now_ms);
  void abort();

  // It has nothing to answer, since when.
  bool is_idle() const { return !answer_ && !is_closing_; }
  uint64_t since_ms() const { return since_ms_; }

 private:
  // What is being answered.
  struct Answering {
    int version = 11;
    bool is_head = false;      // no body is sent
    bool keeps_alive = false;  // another request may follow
    bool is_complete = false;  // all of it was handed to the Transport
    bool has_head = false;     // its head was sent
    Framing framing = Framing::kLength;
    HttpAnswer answer;
    std::optional<Queries::Ticket> ticket;
    bool is_paused = false;  // the report
  };

  void advance();
  // False when nothing more can be done now.
  bool step();
  bool read_request();
  void regulate_reading();
  void begin_tls(Bytes first);
  void begin(const HttpRequest& request);
  void refuse(int status, const std::string& reason);
  void send_answer(HttpAnswer answer);
  void send_head(Framing framing, uint64_t length);
  void take_slice(Report slice);
  bool begin_report(Report& slice);
  void send_slice(Report slice);
  void resume_report();
  bool send_file_slice();
  void finish_answer();
  void send(std::string bytes);
  void set_deadline(uint64_t patience_ms);
  void close_when_written();

  std::span<char> read_buffer() override;
  void on_read(Bytes bytes, bool filled) override;
  void on_written(uint64_t size) override;
  void on_secured(TlsFacts facts) override;
  void on_end(LinkEnd end) override;
  void on_released() override;

  HttpHost& host_;
  std::unique_ptr<TlsSession> tls_;  // until the first bytes
  std::string peer_;                 // whose handshake it is, for the log
  std::string input_;
  std::optional<RequestReader> reader_;
  std::optional<Answering> answer_;
  uint64_t unwritten_ = 0;
  uint64_t since_ms_ = 0;     // the last progress
  uint64_t deadline_ms_ = 0;  // of the loop's clock
  bool is_advancing_ = false;
  bool is_reading_ = false;
  bool is_half_closed_ = false;  // the peer has said all it wants to say
  bool is_closing_ = false;
  Transport transport_;
};

}  // namespace myelin
