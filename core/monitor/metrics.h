// MetricsReport: /metrics, in slices: what an operator watches, in Prometheus's text format 0.0.4.
//
//     the server and JetStream as a whole     a family of every stream     of every consumer
//
// Names begin with myelin_ and end with their base unit, those that only grow with _total. Streams
// and consumers beyond kMetricsStreamsMax and kMetricsConsumersMax are only counted.
#pragma once

#include <cstddef>
#include <string>

#include "core/host_facts.h"
#include "core/monitor/jetstream_facts.h"
#include "core/monitor/observed.h"

namespace myelin {

class MetricsReport {
 public:
  explicit MetricsReport(const HostFacts& host) : host_(host) {}

  // Appends a slice; true once that was all.
  bool next(const Observed& server, std::string& to);

 private:
  enum class Phase : uint8_t { kSum, kWhole, kStreams, kConsumers, kDone };

  void write_whole(const Observed& server, std::string& to);
  void write_streams(const Observed& server, std::string& to);
  void write_consumers(const Observed& server, std::string& to);
  void begin_family();

  HostFacts host_;
  Phase phase_ = Phase::kSum;
  JetStreamSum sum_;
  size_t family_ = 0;
  bool has_family_ = false;  // its HELP and TYPE are written
  size_t shown_ = 0;         // of this family
  uint64_t stream_ = 0;      // the last one of this family; of consumers: whose they are
  std::string consumer_;
};

}  // namespace myelin
