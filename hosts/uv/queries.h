// Queries: reports asked of the Server by whoever is on the loop, and their slices on the way back.
//
// A bounded number is asked at a time; the others wait in order, so that a crowd of askers costs
// the Server's turns no more than a few do. An asker is called outside any call it makes, and never
// again after the last slice or cancel(). One who cannot take more pauses; it then does not count.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "core/server.h"

namespace myelin {

class Queries {
 public:
  static constexpr size_t kAskedMax = 32;

  using Ticket = uint64_t;
  using Taker = std::function<void(Report slice)>;

  struct Question {
    std::string path;        // "/varz"
    std::string parameters;  // still percent-encoded
    HostFacts host;
    Taker taker;
  };

  explicit Queries(Server& server) : server_(server) {}
  Queries(const Queries&) = delete;
  Queries& operator=(const Queries&) = delete;

  Ticket ask(Question question);
  // The asker has gone. A ticket that is over is ignored.
  void cancel(Ticket ticket);
  // No slices for now; one may still be on its way.
  void pause(Ticket ticket);
  void resume(Ticket ticket);
  // A slice that came out of the Server.
  void take(Report slice);

 private:
  struct Waiting {
    Ticket ticket;
    Question question;
  };
  struct Asked {
    Ticket ticket;
    Taker taker;
    bool is_paused = false;
  };
  using AskedById = std::unordered_map<uint64_t, Asked>;

  void ask_next();
  AskedById::iterator find(Ticket ticket);
  void forget(AskedById::iterator asked);

  Server& server_;
  Ticket last_ticket_ = 0;
  std::deque<Waiting> waiting_;
  AskedById asked_;
  size_t paused_ = 0;  // of them
};

}  // namespace myelin
