#include "core/jetstream/ack_gate.h"

#include <utility>

namespace myelin {

void AckGate::hold(const Rests& on, std::string_view reply, std::string_view answer) {
  held_.entries.push_back({.on = on,
                           .reply_size = static_cast<uint32_t>(reply.size()),
                           .answer_size = static_cast<uint32_t>(answer.size())});
  held_.texts.append(reply);
  held_.texts.append(answer);
  bytes_ += reply.size() + answer.size();
}

void AckGate::close(SyncTicket ticket) {
  held_.ticket = ticket;
  closed_.push_back(std::exchange(held_, Batch()));
}

void AckGate::open(SyncTicket ticket, const Deliver& deliver) {
  while (!closed_.empty() && closed_.front().ticket.value <= ticket.value) {
    const Batch batch = std::move(closed_.front());
    closed_.pop_front();
    bytes_ -= batch.texts.size();
    std::string_view texts = batch.texts;
    for (const Entry& entry : batch.entries) {
      const std::string_view reply = texts.substr(0, entry.reply_size);
      const std::string_view answer = texts.substr(entry.reply_size, entry.answer_size);
      texts.remove_prefix(entry.reply_size + entry.answer_size);
      deliver(entry.on, reply, answer);
    }
  }
}

}  // namespace myelin
