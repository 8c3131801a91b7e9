#include "core/base/histogram.h"

#include <catch2/catch.hpp>

namespace myelin {

TEST_CASE("Histogram: a value is counted under the smallest bound that it does not exceed") {
  Histogram<4, 3> histogram;  // 16, 32, 64, more
  for (const uint64_t value : {0u, 1u, 16u, 17u, 32u, 33u, 64u, 65u, 1000000u}) {
    histogram.record(value);
  }
  CHECK(Histogram<4, 3>::bound(0) == 16);
  CHECK(Histogram<4, 3>::bound(2) == 64);
  CHECK(histogram.in_bucket(0) == 3);
  CHECK(histogram.in_bucket(1) == 2);
  CHECK(histogram.in_bucket(2) == 2);
  CHECK(histogram.in_bucket(3) == 2);
  CHECK(histogram.count() == 9);
  CHECK(histogram.sum() == 1000228);
}

TEST_CASE("Histogram: the largest value has its place") {
  Histogram<4, 3> histogram;
  histogram.record(UINT64_MAX);
  CHECK(histogram.in_bucket(3) == 1);
}

}  // namespace myelin
