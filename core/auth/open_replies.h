// OpenReplies: the subjects a client may publish to although nothing else permits it, because a
// request named them as its reply (allow_responses). Each is good for so many messages and so long;
// the table is bounded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/options.h"

namespace myelin {

class OpenReplies {
 public:
  // A request with this reply was delivered. When there are too many, the used up ones go, and all
  // but the younger half.
  void open(std::string_view reply, const ResponsePermission& rules, Instant now);
  // Whether a message may be published to `subject`; counts it.
  bool use(std::string_view subject, const ResponsePermission& rules, Instant now);

 private:
  struct Reply {
    Instant since;
    int64_t count = 0;    // messages published to it
    uint64_t number = 0;  // of those opened, in order
  };
  static bool is_used_up(const Reply& reply, const ResponsePermission& rules, Instant now);

  std::map<std::string, Reply, std::less<>> replies_;
  uint64_t last_number_ = 0;
};

}  // namespace myelin
