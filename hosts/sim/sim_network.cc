#include "hosts/sim/sim_network.h"

#include <algorithm>
#include <utility>

namespace myelin::sim {

std::optional<Instant> SimNetwork::Way::due() const {
  if (pieces.empty()) return std::nullopt;
  return pieces.front().due;
}

void SimNetwork::carry(Instant now, std::string_view bytes, Way& way) {
  while (!bytes.empty()) {
    size_t size = bytes.size();
    if (faults_.has_cuts && random_.below(2) == 0) {
      size = static_cast<size_t>(1 + random_.below(bytes.size()));
    }
    Instant due = now;
    if (faults_.delay_max > Duration::zero()) {
      due = due + Duration(random_.below(static_cast<uint64_t>(faults_.delay_max.count())));
    }
    // What was sent later never arrives earlier.
    if (!way.pieces.empty()) due = std::max(due, way.pieces.back().due);
    way.pieces.push_back({due, std::string(bytes.substr(0, size))});
    bytes.remove_prefix(size);
  }
}

std::optional<std::string> SimNetwork::arrive(Instant now, Way& way) {
  if (way.pieces.empty() || way.pieces.front().due > now) return std::nullopt;
  std::string bytes = std::move(way.pieces.front().bytes);
  way.pieces.pop_front();
  while (faults_.has_cuts && !way.pieces.empty() && way.pieces.front().due <= now &&
         random_.below(2) == 0) {
    bytes += way.pieces.front().bytes;
    way.pieces.pop_front();
  }
  return bytes;
}

bool SimNetwork::breaks() {
  return faults_.break_rate > 0 && random_.below(faults_.break_rate) == 0;
}

}  // namespace myelin::sim
