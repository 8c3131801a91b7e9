// One publisher and those who receive what it publishes, with an account of every message.
//
//   publisher --batch--batch--> server --+--> receiver      kEach: each receives all, in order
//        ^                               +--> receiver      kOne:  together they receive all, once
//        +---- window: published less delivered             kNone: nobody does; PONGs stand for
//        delivery
//
// At most a window of messages is under way, so no server has a reason to call anybody a slow
// consumer. Nothing here waits: `push` and `pull` do what the kernel allows and say whether that
// was anything.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/batch.h"
#include "tests/bench/client.h"

namespace bench {

enum class Delivery { kNone, kEach, kOne };

// A client in an edge-triggered event loop.
struct End {
  Client client;
  bool is_readable = true;
  bool is_writable = true;
};

class Flow {
 public:
  static constexpr size_t kWindowBytes = 1024 * 1024;

  // The receivers have subscribed. The batch is framed as the publisher's link wants it.
  Flow(Delivery delivery, const Batch& batch, Client publisher, std::vector<Client> receivers,
       size_t window_bytes = kWindowBytes);

  bool push(bool may_begin_batch);
  bool pull();

  // Everything published has been received.
  bool is_settled() const;

  // The servers agree that nothing is left; throws Failure when the account does not balance.
  void settle_accounts();

  uint64_t published() const { return batches_begun_ * batch_.message_count; }
  uint64_t received() const;

  std::vector<End*> ends();

 private:
  struct Receiver {
    std::unique_ptr<End> end;
    uint64_t received = 0;
    uint64_t index_sum = 0;
  };

  std::string_view next_batch();
  uint64_t delivered() const;
  bool pull_publisher();
  bool pull(Receiver& receiver);
  void take(Receiver& receiver, std::string_view payload);

  Delivery delivery_;
  Batch batch_;
  std::string batch_and_ping_;
  std::string pong_;
  uint64_t window_;  // in messages
  std::unique_ptr<End> publisher_;
  std::vector<Receiver> receivers_;
  std::string_view unsent_;
  bool owes_pong_ = false;
  uint64_t batches_begun_ = 0;
  uint64_t pings_ = 0;
  uint64_t pongs_ = 0;
};

}  // namespace bench
