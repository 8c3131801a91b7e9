#include "tests/bench/statistics.h"

#include <algorithm>
#include <cmath>

#include "tests/bench/failure.h"

namespace bench {

double median(std::vector<double> samples) {
  if (samples.empty()) throw Failure("nothing was measured");
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  if (samples.size() % 2 == 1) return samples[middle];
  return (samples[middle - 1] + samples[middle]) / 2;
}

uint32_t percentile(std::vector<uint32_t>& samples, double share) {
  if (samples.empty()) throw Failure("nothing was measured");
  const double rank = std::ceil(share * static_cast<double>(samples.size()));
  const size_t index = std::min(samples.size() - 1, static_cast<size_t>(std::max(rank, 1.0)) - 1);
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(index),
                   samples.end());
  return samples[index];
}

}  // namespace bench
