// WireClient: the client's end of a link in a World, in the protocol's own bytes.
//
// It is written apart from core/protocol, so that one mistake cannot hide on both sides, and it is
// strict: what is not NATS is a BrokenPromise. It waits for nothing and retries nothing; when the
// link is gone, so is what was on its way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/sim/world.h"

namespace myelin::sim {

struct WireMessage {
  std::string subject;
  std::string reply;
  std::string headers;  // with their first line; empty: none
  std::string payload;

  // The number in the first line of the headers: 100, 404, 503 ...; 0: none.
  int status() const;
};

class WireClient {
 public:
  // Opens a link; one that is refused is closed from the start. `user`: who says so; empty: nobody.
  explicit WireClient(World& world, std::string_view user = {});
  ~WireClient();
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  bool is_closed() const;
  void subscribe(std::string_view subject);
  // `headers`: "Name: value\r\n" each.
  void publish(std::string_view subject, std::string_view reply, std::string_view payload,
               std::string_view headers = {});
  // What has arrived since the last call; PINGs are answered on the way.
  std::vector<WireMessage> poll();

 private:
  bool take(std::vector<WireMessage>& messages);
  bool take_message(std::string_view line, size_t line_size, std::vector<WireMessage>& messages);

  World& world_;
  uint64_t link_ = 0;
  uint64_t next_sid_ = 1;
  std::string bytes_;
};

}  // namespace myelin::sim
