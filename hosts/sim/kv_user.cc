#include "hosts/sim/kv_user.h"

#include "hosts/sim/api_answer.h"

namespace myelin::sim {
namespace {

constexpr uint64_t kKeys = 4;

uint64_t number_after(std::string_view text, std::string_view name) {
  const size_t at = text.find(name);
  return at == std::string_view::npos ? 0 : leading_number(text.substr(at + name.size()));
}

}  // namespace

void KvUser::deed(bool is_closing) {
  if (stage_ != Stage::kIdle && !is_late(asked_)) return;
  stage_ = Stage::kIdle;
  if (!is_closing) read();
}

void KvUser::read() {
  subject_ = "$KV." + bucket_ + ".k" + std::to_string(random_.below(kKeys));
  at_least_ = checker_.value_acked(subject_);
  stage_ = Stage::kReading;
  asked_ = now();
  request_ = ask("$JS.API.DIRECT.GET.KV_" + bucket_ + "." + subject_, {});
}

void KvUser::on_answer(uint64_t request, const WireMessage& message) {
  if (request != request_) return;
  const Stage stage = stage_;
  stage_ = Stage::kIdle;
  if (stage == Stage::kReading) {
    if (message.status() == 404) return write(0, 1);
    const uint64_t revision = number_after(message.headers, "Nats-Sequence: ");
    if (revision == 0) return;
    const uint64_t value = leading_number(message.payload);
    checker_.value_read(subject_, revision, value, at_least_);
    write(revision, value + 1);
  } else if (stage == Stage::kWriting) {
    const ApiAnswer answer = read_answer(message.payload);
    if (answer.is_ok) checker_.put_acked(subject_, answer.seq, value_);
  }
}

void KvUser::write(uint64_t revision, uint64_t value) {
  if (revision == 0 && at_least_ > 0) return checker_.value_read(subject_, 0, 0, at_least_);
  value_ = value;
  stage_ = Stage::kWriting;
  asked_ = now();
  request_ = ask(subject_, std::to_string(value) + " by " + name(),
                 "Nats-Expected-Last-Subject-Sequence: " + std::to_string(revision) + "\r\n");
}

}  // namespace myelin::sim
