#include "hosts/sim/stream_admin.h"

#include "hosts/sim/api_answer.h"

namespace myelin::sim {

void StreamAdmin::settle(uint64_t description, bool has_other_stream) {
  description_ = {.acked = description};
  other_stream_ = {.acked = has_other_stream};
}

void StreamAdmin::deed(bool is_closing) {
  if (deed_ != Deed::kNone && !is_late(asked_)) return;
  deed_ = Deed::kNone;
  if (is_closing) return;
  const uint64_t draw = random_.below(20);
  if (draw < 4) {
    remove_message();
  } else if (draw == 4) {
    purge();
  } else if (draw < 7) {
    if (!description_.asked) describe();
  } else if (draw < 9) {
    if (!other_stream_.asked) toggle_other_stream();
  }
}

void StreamAdmin::remove_message() {
  const std::optional<uint64_t> seq = checker_.draw_acked(stream_, random_.next());
  if (!seq) return;
  removal_ = checker_.removing(stream_, {}, *seq, *seq + 1);
  const std::string no_erase = random_.below(3) == 0 ? "" : ",\"no_erase\":true";
  begin_deed(Deed::kRemove, ask("$JS.API.STREAM.MSG.DELETE." + stream_,
                                "{\"seq\":" + std::to_string(*seq) + no_erase + "}"));
}

void StreamAdmin::purge() {
  const std::optional<uint64_t> seq = checker_.draw_acked(stream_, random_.next());
  if (!seq) return;
  const std::string subject = checker_.subject_of(stream_, *seq);
  removal_ = checker_.removing(stream_, subject, 0, *seq);
  begin_deed(Deed::kRemove,
             ask("$JS.API.STREAM.PURGE." + stream_,
                 "{\"filter\":\"" + subject + "\",\"seq\":" + std::to_string(*seq) + "}"));
}

void StreamAdmin::describe() {
  const std::string number = std::to_string(next_description_);
  description_.asked = next_description_++;
  begin_deed(Deed::kDescribe, ask("$JS.API.STREAM.UPDATE." + stream_,
                                  "{" + config_ + ",\"description\":\"" + number + "\"}"));
}

void StreamAdmin::toggle_other_stream() {
  const std::string name = kOtherStream;
  other_stream_.asked = !other_stream_.acked;
  begin_deed(Deed::kOtherStream, other_stream_.acked ? ask("$JS.API.STREAM.DELETE." + name, {})
                                                     : ask("$JS.API.STREAM.CREATE." + name,
                                                           "{\"name\":\"" + name + "\"}"));
}

void StreamAdmin::begin_deed(Deed deed, uint64_t request) {
  deed_ = deed;
  request_ = request;
  asked_ = now();
}

// An error leaves it open whether the deed was done: the disk may have failed after it.
void StreamAdmin::on_answer(uint64_t request, const WireMessage& message) {
  if (request != request_) return;
  const Deed deed = deed_;
  deed_ = Deed::kNone;
  if (!read_answer(message.payload).is_ok) return;
  if (deed == Deed::kRemove) checker_.removed(stream_, removal_);
  if (deed == Deed::kDescribe) description_ = {.acked = *description_.asked};
  if (deed == Deed::kOtherStream) other_stream_ = {.acked = *other_stream_.asked};
}

}  // namespace myelin::sim
