// AckGate: answers that promise durability, kept until the disk has said yes. The one place where
// that is decided.
//
//     hold(answer)  ...  close(ticket)      all held so far rest on this sync
//                        open(ticket)       it was reported: they leave, in the order they came
//
// An answer rests on the files of one stream, or on the meta log. If those failed, another answer
// leaves in its place; where there is none to give, nothing does, and its client will ask again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pubsub/account.h"
#include "core/pubsub/context.h"
#include "core/storage/storage.h"

namespace myelin {

class AckGate {
 public:
  AckGate(Context& context, Account& account) : context_(context), account_(account) {}

  struct Rests {
    uint64_t stream = 0;       // its id; 0: on none
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
  // Sends what rested on the ticket. `failure(on)`: what those whose files are lost are told
  // instead; nothing where all is well.
  using Failure = std::function<std::optional<std::string>(const Rests& on)>;
  void open(SyncTicket ticket, const Failure& failure);

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

  Context& context_;
  Account& account_;
  Batch held_;
  std::deque<Batch> closed_;
  uint64_t bytes_ = 0;
};

}  // namespace myelin
