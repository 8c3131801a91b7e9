#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/pubsub/callouts.h"
#include "core/pubsub/message_trace.h"
#include "core/pubsub/owner_kind.h"
#include "core/server_state.h"

namespace myelin {

// Claims are good at a time: accounts that JWTs claim are there from the first turn on.
void Server::State::begin_turn(Now now) {
  context_.now = now;
  if (start_.mono != Instant{}) return;
  start_ = now;
  resolver_.apply();
  if (context_.options.operators) claims_->serve();
}

void Server::State::end_turn() {
  while (Timer* timer = context_.timers.expired(context_.now.mono)) fire(*timer);
  take_mail();
  system_->settle(observed(0));
  if (jetstream_) {
    jetstream_->settle();
    take_mail();
    jetstream_->commit();
  } else if (context_.mailbox.has_mail()) {
    take_mail();
  }
  if (!context_.closing.empty() || !withdrawing_.empty()) bury();
}

void Server::State::fire(Timer& timer) {
  if (timer.kind() == kLameDuckTimer) {
    close_next_of_lame_duck();
  } else if (timer.kind() == kBlockedTimer) {
    tell_blocked_handshakes();
  } else if (is_of_exchange(timer.kind())) {
    exchange_.on_timer(timer);
  } else if (is_of_system(timer.kind())) {
    system_->on_timer(timer);
  } else if (is_of_jetstream(timer.kind())) {
    jetstream_->on_timer(timer);
  } else if (Resolver::owns(timer)) {
    resolver_.on_timer(timer);
    resume_settled();
  } else {
    static_cast<Client*>(timer.owner())->on_timer(timer);
  }
}

void Server::State::tell_blocked_handshakes() {
  context_.log.write(LogLevel::kWarning,
                     "Rejected " +
                         decimal(static_cast<int64_t>(context_.handshake_rate.take_blocked())) +
                         " connections due to TLS rate limiting");
}

// Clients that leave much behind are taken apart over several turns; meanwhile they take no
// message.
void Server::State::bury() {
  // Whoever is told of an end may be too slow to hear it, and join them.
  for (size_t index = 0; index < context_.closing.size(); ++index) {
    Client& client = *context_.closing[index];
    --connections_;
    system_->left(client);
    cancel_task_of(client.id());
    context_.roster.remove(client.id());
    closed_.add(client, context_.now.wall, context_.options.monitor.max_closed_clients);
  }
  withdrawing_.insert(withdrawing_.end(), context_.closing.begin(), context_.closing.end());
  context_.closing.clear();
  uint32_t allowance = kWithdrawMax;
  while (!withdrawing_.empty()) {
    Client& client = *withdrawing_.front();
    if (!client.withdraw(allowance)) return;
    withdrawing_.pop_front();
    forget_if_finished(client);
  }
}

void Server::State::forget_if_finished(Client& client) {
  if (!client.is_finished()) return;
  if (client.is_dirty()) {
    // What next_output() has passed may still name the client from an earlier time.
    const auto left = context_.dirty.begin() + static_cast<std::ptrdiff_t>(dirty_index_);
    const auto found = std::find(left, context_.dirty.end(), &client);
    if (found != context_.dirty.end()) *found = nullptr;
  }
  context_.clients.erase(client.id());
}

// Each message for a part of the server is taken before the client's next operation.
void Server::State::feed(Client& client, std::string_view input) {
  if (context_.mailbox.has_mail()) take_mail();  // it has just logged in
  while (!input.empty()) {
    input = client.receive(input);
    if (context_.mailbox.has_mail()) take_mail();
  }
}

void Server::State::take_mail() {
  do {
    for (const uint64_t id : context_.mailbox.take_arrivals()) {
      const Client* const client = context_.find(id);
      if (client != nullptr && !client->is_closing()) system_->came(*client);
    }
    while (const std::optional<Mail> mail = context_.mailbox.next()) {
      const uint8_t kind = mail->taker->kind;
      if (is_of_exchange(kind)) {
        exchange_.take(*mail);
      } else if (is_of_system(kind)) {
        system_->take(*mail);
      } else if (kind == kIdentityKinds) {
        take_callout_answer(*mail);
      } else {
        jetstream_->take(*mail);
      }
    }
    exchange_.conclude();
    if (context_.trace) tell_trace();
  } while (context_.mailbox.has_mail());
}

void Server::State::take_callout_answer(const Mail& mail) {
  const Callouts::Answer answer = context_.callouts->take(mail);
  if (Client* client = context_.find(answer.client)) {
    client->callout_answered(answer.number, answer.payload);
  }
}

void Server::State::tell_trace() {
  const std::unique_ptr<MessageTrace> trace = std::exchange(context_.trace, nullptr);
  if (context_.accounts->system() == nullptr) return;
  std::string event;
  JsonWriter json(event);
  json.begin_object();
  json.name("server");
  system_->write_server(json);
  trace->write(json);
  json.end_object();
  const Encoded told = encoded(event, encoding_wanted(trace->wanted_encoding()));
  trace->account().send(
      context_,
      {.to = trace->destination(), .content = told.content, .header_size = told.header_size});
}

}  // namespace myelin
