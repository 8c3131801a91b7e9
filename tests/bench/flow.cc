#include "tests/bench/flow.h"

#include <algorithm>
#include <utility>

#include "tests/bench/failure.h"

namespace bench {
namespace {

constexpr uint64_t kBatchesPerPing = 4;

uint64_t window_of(const Batch& batch, size_t window_bytes) {
  const size_t batches = std::max<size_t>(2 * kBatchesPerPing, window_bytes / batch.bytes.size());
  return batches * batch.message_count;
}

}  // namespace

Flow::Flow(Delivery delivery, const Batch& batch, Client publisher, std::vector<Client> receivers,
           size_t window_bytes)
    : delivery_(delivery),
      batch_(batch),
      batch_and_ping_(batch.bytes + publisher.link().framed("PING\r\n")),
      pong_(publisher.link().framed("PONG\r\n")),
      window_(window_of(batch, window_bytes)),
      publisher_(std::make_unique<End>(End{.client = std::move(publisher)})) {
  for (Client& client : receivers) {
    receivers_.push_back({.end = std::make_unique<End>(End{.client = std::move(client)})});
  }
}

bool Flow::push(bool may_begin_batch) {
  if (!publisher_->is_writable) return false;
  if (unsent_.empty() && owes_pong_) {
    unsent_ = pong_;
    owes_pong_ = false;
  }
  if (unsent_.empty()) {
    if (!may_begin_batch || published() + batch_.message_count - delivered() > window_)
      return false;
    unsent_ = next_batch();
  }
  while (!unsent_.empty()) {
    const size_t sent = publisher_->client.link().try_send(unsent_);
    if (sent == 0) {
      publisher_->is_writable = false;
      return false;
    }
    unsent_.remove_prefix(sent);
  }
  return true;
}

std::string_view Flow::next_batch() {
  ++batches_begun_;
  if (delivery_ != Delivery::kNone || batches_begun_ % kBatchesPerPing != 0) return batch_.bytes;
  ++pings_;
  return batch_and_ping_;
}

bool Flow::pull() {
  bool has_moved = pull_publisher();
  for (Receiver& receiver : receivers_) has_moved |= pull(receiver);
  return has_moved;
}

bool Flow::pull_publisher() {
  if (!publisher_->is_readable) return false;
  Inbound& inbound = publisher_->client.inbound();
  if (!inbound.try_receive(publisher_->client.link())) {
    publisher_->is_readable = false;
    return false;
  }
  Frame frame;
  while (inbound.next(frame)) {
    if (frame.kind == FrameKind::kPing) owes_pong_ = true;
    if (frame.kind == FrameKind::kPong) ++pongs_;
    if (frame.kind == FrameKind::kMessage) throw Failure("the publisher received a message");
  }
  return true;
}

bool Flow::pull(Receiver& receiver) {
  if (!receiver.end->is_readable) return false;
  Client& client = receiver.end->client;
  if (!client.inbound().try_receive(client.link())) {
    receiver.end->is_readable = false;
    return false;
  }
  Frame frame;
  while (client.inbound().next(frame)) {
    if (frame.kind == FrameKind::kMessage) take(receiver, frame.payload);
    if (frame.kind == FrameKind::kPing) client.link().send("PONG\r\n");
  }
  return true;
}

void Flow::take(Receiver& receiver, std::string_view payload) {
  const uint32_t index = index_in_batch(payload, batch_);
  if (delivery_ == Delivery::kEach && index != receiver.received % batch_.message_count) {
    throw Failure("messages lost, doubled or out of order");
  }
  ++receiver.received;
  receiver.index_sum += index;
  if (delivery_ == Delivery::kOne && received() > published()) {
    throw Failure("more messages than were published");
  }
}

bool Flow::is_settled() const {
  if (!unsent_.empty() || owes_pong_) return false;
  return delivery_ == Delivery::kNone ? pongs_ == pings_ : delivered() == published();
}

uint64_t Flow::delivered() const {
  if (delivery_ == Delivery::kNone) return pongs_ * kBatchesPerPing * batch_.message_count;
  if (delivery_ == Delivery::kOne) return received();
  uint64_t least = published();
  for (const Receiver& receiver : receivers_) least = std::min(least, receiver.received);
  return least;
}

uint64_t Flow::received() const {
  uint64_t sum = 0;
  for (const Receiver& receiver : receivers_) sum += receiver.received;
  return sum;
}

void Flow::settle_accounts() {
  for (End* end : ends()) end->client.fence();
  if (delivery_ == Delivery::kNone) return;

  const uint64_t takers = delivery_ == Delivery::kEach ? receivers_.size() : 1;
  const uint64_t batch_sum = uint64_t{batch_.message_count} * (batch_.message_count - 1) / 2;
  uint64_t index_sum = 0;
  for (const Receiver& receiver : receivers_) index_sum += receiver.index_sum;
  if (received() != published() * takers || index_sum != batches_begun_ * batch_sum * takers) {
    throw Failure("messages lost or doubled");
  }
}

std::vector<End*> Flow::ends() {
  std::vector<End*> ends{publisher_.get()};
  for (Receiver& receiver : receivers_) ends.push_back(receiver.end.get());
  return ends;
}

}  // namespace bench
