#include "hosts/browser/admission.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kPieceMin = 512;
constexpr size_t kPieceMax = 64 * 1024;
// A piece may become so many times its size for each link there is: lines are longer on their way
// out, and memory comes in blocks.
constexpr uint64_t kGrowth = 8;

uint64_t share(uint64_t size, uint64_t twentieths) { return size / 20 * twentieths; }

}  // namespace

bool Admission::admits() {
  look();
  return !is_short_;
}

void Admission::look() {
  in_use_ = heap_in_use_();
  const bool was_short = is_short_;
  is_short_ = in_use_ >= share(memory_max_, is_short_ ? 13 : 14);
  is_holding_ = in_use_ >= share(memory_max_, is_holding_ ? 16 : 17);
  if (is_short_ == was_short) return;
  server_.set_short_of_memory(is_short_);
  if (!is_short_) return log_.write(LogLevel::kInfo, "There is enough memory again");
  log_.write(LogLevel::kWarning, "Short of memory: " + decimal(static_cast<int64_t>(in_use_)) +
                                     " of " + decimal(static_cast<int64_t>(memory_max_)) +
                                     " bytes are in use, nothing more is taken on");
}

void Admission::add(ClientId client) { links_.try_emplace(client.value); }
void Admission::remove(ClientId client) { links_.erase(client.value); }

void Admission::receive(Now now, ClientId client, std::string_view bytes) {
  const auto link = links_.find(client.value);
  if (link == links_.end()) return;
  if (!link->second.parked.empty()) return park(now, client, bytes);
  feed(now, client, bytes);
}

void Admission::feed(Now now, ClientId client, std::string_view bytes) {
  while (!bytes.empty()) {
    look();
    if (is_holding_) return park(now, client, bytes);
    const std::string_view piece = bytes.substr(0, piece_size());
    bytes.remove_prefix(piece.size());
    server_.receive(now, client, as_bytes(piece));
  }
}

size_t Admission::piece_size() const {
  const uint64_t left = memory_max_ - std::min(memory_max_, in_use_);
  const uint64_t size = left / (kGrowth * (links_.size() + 1));
  return static_cast<size_t>(std::clamp<uint64_t>(size, kPieceMin, kPieceMax));
}

void Admission::park(Now now, ClientId client, std::string_view bytes) {
  Link& link = links_.at(client.value);
  if (link.parked.size() + bytes.size() > kParkedMax) {
    outputs_.push_back(Write{.client = client, .close = Write::Close::kAbort});
    server_.close(now, client, LinkEnd::kReadError, "it sends though it is not read");
    return remove(client);
  }
  link.parked += bytes;
  has_told_ = true;
  for (auto& [id, each] : links_) {
    if (std::exchange(each.is_told, true) || each.is_paused_by_server) continue;
    outputs_.push_back(PauseRead{ClientId{id}});
  }
}

bool Admission::resume(Now now) {
  look();
  if (is_holding_ || !has_told_) return false;
  has_told_ = false;
  bool has_fed = false;
  for (auto each = links_.begin(); each != links_.end();) {
    const ClientId client{each->first};
    ++each;  // a link may end here
    Link& link = links_.at(client.value);
    if (link.is_paused_by_server) {
      has_told_ = has_told_ || link.is_told;
      continue;
    }
    if (std::exchange(link.is_told, false)) outputs_.push_back(ResumeRead{client});
    if (link.parked.empty()) continue;
    feed(now, client, std::exchange(link.parked, {}));
    has_fed = true;
    if (is_holding_) {
      has_told_ = true;
      return true;
    }
  }
  return has_fed;
}

bool Admission::passes(const Output& output) {
  if (const PauseRead* pause = std::get_if<PauseRead>(&output)) {
    const auto link = links_.find(pause->client.value);
    if (link == links_.end()) return false;
    link->second.is_paused_by_server = true;
    return !link->second.is_told;
  }
  if (const ResumeRead* resumed = std::get_if<ResumeRead>(&output)) {
    const auto link = links_.find(resumed->client.value);
    if (link == links_.end()) return false;
    link->second.is_paused_by_server = false;
    return !link->second.is_told;
  }
  const Write* write = std::get_if<Write>(&output);
  if (write != nullptr && write->close != Write::Close::kNo) remove(write->client);
  return true;
}

std::optional<Output> Admission::next_output() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace myelin
