// Admission: keeps a Server within the memory it may use, which in a page cannot be more.
//
//     share of memory_max
//     up to 7/10     all is welcome
//     from there     Server::set_short_of_memory: what would keep memory is refused, and so are
//                    new links. Until it is 13/20 again
//     from 17/20     no link is read: what is queued for others goes out first, or those who do
//                    not take it are cut off. Until it is 4/5 again
//
// What has been read is given to the Server in pieces that cannot grow past what is left, so that
// these levels are seen in time; what is left over when reading stops waits here. A link whose
// other side goes on sending all the same is ended.
//
// Every link's bytes and PauseReads pass through here; it reads the heap and nothing else.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/server.h"

namespace myelin {

class Admission {
 public:
  // Bytes of heap in use.
  using HeapInUse = uint64_t (*)();
  // What a link may send while it is not read.
  static constexpr size_t kParkedMax = 4 * 1024 * 1024;

  // Server and Log outlive it.
  Admission(Server& server, Log& log, uint64_t memory_max, HeapInUse heap_in_use)
      : server_(server), log_(log), memory_max_(memory_max), heap_in_use_(heap_in_use) {}

  // Looks at the heap. True: there is room for one more link.
  bool admits();
  void add(ClientId client);
  void remove(ClientId client);
  void receive(Now now, ClientId client, std::string_view bytes);
  // Gives the Server what waits, if it may be read again. True: it may have something to say.
  bool resume(Now now);

  // False: the Server's output is not for the other side; the link is held for other reasons.
  bool passes(const Output& output);
  // Pauses and ends of its own, beside those of the Server.
  std::optional<Output> next_output();

 private:
  struct Link {
    std::string parked;
    bool is_paused_by_server = false;
    bool is_told = false;  // that it is not read
  };

  void look();
  size_t piece_size() const;
  void feed(Now now, ClientId client, std::string_view bytes);
  void park(Now now, ClientId client, std::string_view bytes);

  Server& server_;
  Log& log_;
  const uint64_t memory_max_;
  const HeapInUse heap_in_use_;
  uint64_t in_use_ = 0;
  bool is_short_ = false;
  bool is_holding_ = false;
  bool has_told_ = false;  // some link
  std::map<uint64_t, Link> links_;
  std::deque<Output> outputs_;
};

}  // namespace myelin
