// Order statistics of a set of samples. The set must not be empty.
#pragma once

#include <cstdint>
#include <vector>

namespace bench {

// The middle sample, or the mean of the two in the middle.
double median(std::vector<double> samples);

// The smallest sample that is not below `share` (0 to 1) of all of them. Reorders the samples.
uint32_t percentile(std::vector<uint32_t>& samples, double share);

}  // namespace bench
