// JszReport: /jsz, in slices: JetStream as a whole, and on demand its streams and their consumers.
//
//     sum: messages, bytes and consumers of all streams     write: a stream, or a consumer, a step
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/monitor/jetstream_facts.h"
#include "core/monitor/observed.h"
#include "core/monitor/parameters.h"

namespace myelin {

class Stream;

struct JszOptions {
  // `parameters` says what was wrong.
  static JszOptions read(Parameters& parameters);

  std::string account;
  bool accounts = false;
  bool streams = false;
  bool consumers = false;
  bool direct_consumers = false;
  bool config = false;
  bool raft = false;
  bool account_only = false;  // nothing but that account, which has JetStream
  int64_t offset = 0;         // of accounts
  int64_t limit = 0;
};

class JszReport {
 public:
  JszReport(const Observed& server, JszOptions options);
  JszReport(const JszReport&) = delete;
  JszReport& operator=(const JszReport&) = delete;

  // Appends a slice; true once that was all.
  bool next(const Observed& server, std::string& to);

 private:
  enum class Phase : uint8_t { kSum, kHead, kAccounts, kStreams, kConsumers, kEnd };

  void step(const Observed& server);
  void choose_accounts(const Observed& server);
  void write_head(const Observed& server);
  void write_next_account(const Observed& server);
  void end_account();
  void write_next_stream(const Observed& server);
  void write_next_consumer(const Observed& server);
  void end_consumers();
  void end_stream();
  void write_end();

  JszOptions options_;
  Phase phase_ = Phase::kSum;
  bool has_list_ = false;  // stream_detail is open
  bool has_consumer_list_ = false;
  bool writes_direct_ = false;
  bool has_counted_ = false;  // a consumer's messages, which may have taken long
  bool is_done_ = false;
  std::vector<std::string> accounts_;  // to be shown
  size_t next_account_ = 0;
  size_t total_ = 0;     // of accounts with JetStream
  std::string account_;  // being shown
  std::string stream_;   // the last one looked at
  std::string consumer_;
  JetStreamSum sum_;
  std::string text_;
  JsonWriter json_;
};

}  // namespace myelin
