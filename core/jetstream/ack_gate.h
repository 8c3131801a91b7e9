// AckGate: answers that promise durability, kept until the disk has said yes. The one place where
// that is decided.
//
//     hold(answer)  ...  close(ticket)      all held so far rest on this sync
//                        open(ticket)       it was reported: they leave, in the order they came
//
// An answer rests on the files of one stream, or on the meta log of its account. Whether those
// failed, and what is said then, is for whoever opens the gate.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/storage/storage.h"

namespace myelin {

class AckGate {
 public:
  struct Rests {
    uint64_t jetstream = 0;    // whose answer it is: its number
    uint64_t stream = 0;       // its number; 0: on none
    bool definitions = false;  // the meta log
    bool positions = false;    // its consumers' log
    Instant asked = {};        // `definitions`: when the request came
  };
  void hold(const Rests& on, std::string_view reply, std::string_view answer);

  // Held and not yet behind a ticket.
  bool has_held() const { return !held_.entries.empty(); }
  // Behind a ticket that was not reported yet.
  bool is_waiting() const { return !closed_.empty(); }
  // Of all answers here.
  uint64_t bytes() const { return bytes_; }

  void close(SyncTicket ticket);
  // Hands out what rested on the ticket.
  using Deliver =
      std::function<void(const Rests& on, std::string_view reply, std::string_view answer)>;
  void open(SyncTicket ticket, const Deliver& deliver);

 private:
  struct Entry {
    Rests on;
    uint32_t reply_size = 0;
    uint32_t answer_size = 0;
  };
  struct Batch {
    SyncTicket ticket;
    std::vector<Entry> entries;
    std::string texts;  // of all entries, one behind the other
  };

  Batch held_;
  std::deque<Batch> closed_;
  uint64_t bytes_ = 0;
};

}  // namespace myelin
