#include "hosts/sim/publisher.h"

#include <optional>
#include <utility>

#include "hosts/sim/api_answer.h"

namespace myelin::sim {
namespace {

constexpr size_t kPendingMax = 12;
constexpr int kAttemptsMax = 6;

std::string id_header(const std::string& id) { return "Nats-Msg-Id: " + id + "\r\n"; }

}  // namespace

void Publisher::on_link() {
  for (auto& [request, pending] : std::exchange(pending_, {})) publish_again(std::move(pending));
}

void Publisher::on_answer(uint64_t request, const WireMessage& message) {
  const auto known = pending_.find(request);
  if (known == pending_.end() || message.status() != 0) return;
  const ApiAnswer answer = read_answer(message.payload);
  if (answer.is_ok) {
    checker_.acked(stream_, known->second.id, answer.seq);
    last_seq_ = answer.seq;
    pending_.erase(known);
  } else if (answer.err_code == kErrWrongLastSequence) {
    // An earlier attempt may have been stored and its answer lost.
    if (known->second.attempts == 1) checker_.refused(stream_, known->second.id);
    pending_.erase(known);
  }
}

void Publisher::deed(bool is_closing) {
  for (const auto& [request, pending] : pending_) {
    if (!is_late(pending.sent)) continue;
    Pending late = pending;
    pending_.erase(request);
    publish_again(std::move(late));
    return;
  }
  if (!is_closing && pending_.size() < kPendingMax) publish_new();
}

void Publisher::publish_new() {
  Pending fresh{.id = name() + "-" + std::to_string(next_id_++), .sent = now()};
  fresh.subject = prefix_ + "." + std::to_string(random_.below(5));
  const uint64_t size = random_.below(10) == 0 ? random_.below(5000) : random_.below(100);
  fresh.payload = fresh.id + " " + random_.base62(static_cast<size_t>(size));
  checker_.sent(stream_, fresh.id, fresh.subject, fresh.payload);
  std::string headers = id_header(fresh.id);
  if (random_.below(8) == 0) {
    headers += "Nats-Expected-Last-Sequence: " + std::to_string(last_seq_) + "\r\n";
  }
  const uint64_t request = ask(fresh.subject, fresh.payload, headers);
  pending_.emplace(request, std::move(fresh));
}

void Publisher::publish_again(Pending pending) {
  if (++pending.attempts > kAttemptsMax) return;
  pending.sent = now();
  const uint64_t request = ask(pending.subject, pending.payload, id_header(pending.id));
  pending_.emplace(request, std::move(pending));
}

}  // namespace myelin::sim
