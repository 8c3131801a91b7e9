#include "hosts/sim/actor.h"

#include <charconv>

namespace myelin::sim {

void Actor::end() {
  client_.reset();
  world_ = nullptr;
}

void Actor::act(bool is_closing) {
  if (client_ == nullptr || client_->is_closed()) open_link();
  for (const WireMessage& message : client_->poll()) {
    checker_.digest(message.subject);
    checker_.digest(message.headers);
    checker_.digest(message.payload);
    if (message.reply.starts_with("$JS.ACK.")) {
      on_delivery(message);
    } else if (message.subject.starts_with(inbox_)) {
      uint64_t request = 0;
      const std::string_view number = std::string_view(message.subject).substr(inbox_.size());
      std::from_chars(number.data(), number.data() + number.size(), request);
      on_answer(request, message);
    }
  }
  if (!client_->is_closed()) deed(is_closing);
}

void Actor::open_link() {
  client_ = std::make_unique<WireClient>(*world_, user_);
  inbox_ = "_INBOX." + name_ + "." + std::to_string(++links_) + ".";
  client_->subscribe(inbox_ + "*");
  on_link();
}

uint64_t Actor::ask(std::string_view subject, std::string_view payload, std::string_view headers) {
  const uint64_t request = next_request_++;
  client_->publish(subject, inbox_ + std::to_string(request), payload, headers);
  return request;
}

}  // namespace myelin::sim
