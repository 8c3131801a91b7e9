#include "hosts/native/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace myelin {
namespace {

constexpr rlim_t kOwnDescriptors = 256;
constexpr int64_t kConnectionsMax = 1'000'000;

}  // namespace

void raise_descriptor_limit(int64_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto wanted =
      static_cast<rlim_t>(std::clamp<int64_t>(connections, 0, kConnectionsMax)) + kOwnDescriptors;
  // Only the privileged may raise the hard limit; all may raise the soft one up to it.
  rlimit raised{.rlim_cur = std::max(wanted, limit.rlim_max),
                .rlim_max = std::max(wanted, limit.rlim_max)};
  if (wanted > limit.rlim_max && setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace myelin
