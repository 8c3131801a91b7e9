#include "hosts/sim/worker.h"

#include <charconv>

#include "hosts/sim/broken_promise.h"

namespace myelin::sim {
namespace {

// $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>. ...
uint64_t stream_seq(std::string_view reply) {
  for (int dots = 0; dots < 5; ++dots) {
    const size_t dot = reply.find('.');
    if (dot == std::string_view::npos) throw BrokenPromise("a delivery says its sequence", "");
    reply.remove_prefix(dot + 1);
  }
  uint64_t seq = 0;
  std::from_chars(reply.data(), reply.data() + reply.size(), seq);
  return seq;
}

}  // namespace

void Worker::on_link() {
  acks_.clear();
  pull_left_ = 0;
  if (!push_subject_.empty()) client().subscribe(push_subject_);
}

void Worker::on_delivery(const WireMessage& message) {
  const uint64_t seq = stream_seq(message.reply);
  checker_.delivered(stream_, consumer_, seq, message.payload);
  if (pull_left_ > 0) --pull_left_;
  const uint64_t fate = is_closing_ ? 0 : random_.below(20);
  if (fate < 15) {
    acknowledge(message.reply, seq);
  } else if (fate == 15) {
    client().publish(message.reply, {}, "-NAK");
  } else if (fate == 16) {
    client().publish(message.reply, {}, "-NAK {\"delay\":2000000000}");
  } else if (fate == 17) {
    client().publish(message.reply, {}, "+WPI");
  }
}

void Worker::acknowledge(const std::string& reply, uint64_t seq) {
  checker_.acking(stream_, consumer_, seq);
  if (random_.below(4) == 0) {
    client().publish(reply, {}, "+ACK");
  } else {
    acks_.emplace(ask(reply, "+ACK"), seq);
  }
}

void Worker::on_answer(uint64_t request, const WireMessage& message) {
  if (const auto ack = acks_.find(request); ack != acks_.end()) {
    // A disk that failed answers with an error.
    if (message.status() == 0 && message.payload.empty()) {
      checker_.ack_confirmed(stream_, consumer_, ack->second);
    }
    acks_.erase(ack);
  } else if (request == pull_ && message.status() >= 400) {
    pull_left_ = 0;
  }
}

void Worker::deed(bool is_closing) {
  is_closing_ = is_closing;
  if (!push_subject_.empty()) return;
  if (pull_left_ > 0 && !is_late(pulled_)) return;
  pull_left_ = 1 + random_.below(10);
  pulled_ = now();
  pull_ = ask("$JS.API.CONSUMER.MSG.NEXT." + stream_ + "." + consumer_,
              "{\"batch\":" + std::to_string(pull_left_) + ",\"expires\":2000000000}");
}

}  // namespace myelin::sim
