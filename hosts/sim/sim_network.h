// SimNetwork: how the bytes of a link travel. A stream keeps its bytes and their order, and nothing
// else: they arrive in other pieces than they were sent in, late, or the link breaks.
//
//     sent      [PUB a 2\r\n][hi\r\n][PING\r\n]
//     arrives   [PUB a]   [ 2\r\nhi\r\nPI]   [NG\r\n]        each at a time of its own
//
// It knows neither clients nor servers: a Way is one direction of one link, and is its owner's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"

namespace myelin::sim {

class SimNetwork {
 public:
  // As they stand, nothing ever goes wrong.
  struct Faults {
    Duration delay_max = Duration::zero();
    bool has_cuts = false;    // pieces are cut and joined
    uint64_t break_rate = 0;  // one in so many sends breaks the link; 0: none
  };
  struct Piece {
    Instant due;
    std::string bytes;
  };
  struct Way {
    std::deque<Piece> pieces;
    // When the first of them arrives.
    std::optional<Instant> due() const;
  };

  SimNetwork(uint64_t seed, Faults faults) : random_(seed), faults_(faults) {}

  void carry(Instant now, std::string_view bytes, Way& way);
  // The next piece that has arrived, or nothing.
  std::optional<std::string> arrive(Instant now, Way& way);
  // Whether the link breaks now.
  bool breaks();
  // Of what is sent from now on.
  void set_faults(Faults faults) { faults_ = faults; }

 private:
  Random random_;
  Faults faults_;
};

}  // namespace myelin::sim
