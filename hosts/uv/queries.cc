#include "hosts/uv/queries.h"

#include <algorithm>
#include <utility>

#include "hosts/common/clock.h"

namespace myelin {

Queries::Ticket Queries::ask(Question question) {
  const Ticket ticket = ++last_ticket_;
  waiting_.push_back({ticket, std::move(question)});
  ask_next();
  return ticket;
}

void Queries::ask_next() {
  while (!waiting_.empty() && asked_.size() - paused_ < kAskedMax) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const Question& question = next.question;
    const QueryId id =
        server_.query(read_clocks(), question.path, question.parameters, question.host);
    asked_[id.value] = {next.ticket, std::move(next.question.taker)};
  }
}

Queries::AskedById::iterator Queries::find(Ticket ticket) {
  return std::find_if(asked_.begin(), asked_.end(),
                      [ticket](const auto& each) { return each.second.ticket == ticket; });
}

void Queries::forget(AskedById::iterator asked) {
  if (asked->second.is_paused) --paused_;
  asked_.erase(asked);
  ask_next();
}

void Queries::cancel(Ticket ticket) {
  std::erase_if(waiting_, [ticket](const Waiting& each) { return each.ticket == ticket; });
  const auto found = find(ticket);
  if (found == asked_.end()) return;
  server_.cancel_query(QueryId{found->first});
  forget(found);
}

void Queries::pause(Ticket ticket) {
  const auto found = find(ticket);
  if (found == asked_.end() || std::exchange(found->second.is_paused, true)) return;
  ++paused_;
  server_.pause_query(QueryId{found->first});
  ask_next();
}

void Queries::resume(Ticket ticket) {
  const auto found = find(ticket);
  if (found == asked_.end() || !std::exchange(found->second.is_paused, false)) return;
  --paused_;
  server_.resume_query(QueryId{found->first});
}

// The taker may ask, pause or cancel while it is called.
void Queries::take(Report slice) {
  const auto found = asked_.find(slice.id.value);
  if (found == asked_.end()) return;
  if (!slice.last) {
    const Taker taker = found->second.taker;
    return taker(std::move(slice));
  }
  const Taker taker = std::move(found->second.taker);
  forget(found);
  taker(std::move(slice));
}

}  // namespace myelin
