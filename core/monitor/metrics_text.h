// Prometheus's text format: families, their samples, and labels.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/histogram.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace myelin {

struct MetricFamily {
  std::string_view name;
  std::string_view type;  // "counter", "gauge", "histogram"
  std::string_view help;
};

struct MetricLabel {
  std::string_view name;
  std::string_view value;  // any text
};

void append_family(std::string& to, const MetricFamily& family);
void append_sample(std::string& to, std::string_view name,
                   std::initializer_list<MetricLabel> labels, double value);
void append_sample(std::string& to, std::string_view name,
                   std::initializer_list<MetricLabel> labels, uint64_t value);
// A family of one sample.
template <class Number>
void append_metric(std::string& to, const MetricFamily& family, Number value) {
  append_family(to, family);
  append_sample(to, family.name, {}, value);
}

// `unit`: what one of the histogram's numbers is in the family's unit.
template <unsigned kShift, size_t kBounds>
void append_histogram(std::string& to, const MetricFamily& family,
                      const Histogram<kShift, kBounds>& histogram, double unit) {
  append_family(to, family);
  const std::string bucket = std::string(family.name) + "_bucket";
  uint64_t count = 0;
  for (size_t index = 0; index < kBounds; ++index) {
    count += histogram.in_bucket(index);
    const double bound = static_cast<double>(histogram.bound(index)) * unit;
    std::string text;
    JsonWriter(text).value(bound);
    append_sample(to, bucket, {{"le", text}}, count);
  }
  count += histogram.in_bucket(kBounds);
  append_sample(to, bucket, {{"le", "+Inf"}}, count);
  append_sample(to, std::string(family.name) + "_sum", {},
                static_cast<double>(histogram.sum()) * unit);
  append_sample(to, std::string(family.name) + "_count", {}, count);
}

}  // namespace myelin
