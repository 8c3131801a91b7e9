// JetStream: the streams of one account, as one more subscriber: everything it hears is mail,
// everything it says is a message. What all accounts have in common is done by JetStreams.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/jetstream/api.h"
#include "core/jetstream/services.h"
#include "core/jetstream/snapshots.h"
#include "core/jetstream/stream.h"

namespace myelin {

class JetStream {
 public:
  // `folder` as in Services.
  JetStream(SharedServices& shared, Account& account, std::string folder);
  ~JetStream();
  JetStream(const JetStream&) = delete;
  JetStream& operator=(const JetStream&) = delete;

  // Reads the disk in slices of `budget` bytes, less what it read, until true; then it takes
  // messages.
  Result<bool> recover(uint64_t& budget);
  bool is_recovered() const { return recovery_ == Recovery::kDone; }

  // Mail of its own: the API's, acknowledgements.
  void take(const Mail& mail);

  // Streams.
  Services& services() { return services_; }
  const Services& services() const { return services_; }
  Stream* find(std::string_view stream);
  Consumer* find_consumer(std::string_view stream, std::string_view consumer);
  using Streams = std::map<std::string, std::unique_ptr<Stream>, std::less<>>;
  const Streams& streams() const { return streams_; }
  Snapshots& snapshots() { return snapshots_; }
  // With a config that was checked.
  Result<Stream*> create(StreamConfig config);
  // The same in two steps, for one that has messages before anybody knows it: those of a backup.
  // One that is never begun is for its maker to remove from the disk.
  Result<std::unique_ptr<Stream>> prepare(StreamConfig config, WallTime created);
  Result<Stream*> begin(std::unique_ptr<Stream> stream);
  Status update(Stream& stream, StreamConfig config);
  Status remove(Stream& stream);

  // The API's.
  void count_call(const Mail& mail, std::string_view response);
  void count_error();
  uint64_t api_calls() const { return api_calls_; }
  uint64_t api_errors() const { return api_errors_; }
  // Of $JS.API.>, what has no subscription of its own.
  static bool takes_api(const InternalTaker& taker, std::string_view subject);

  // Before it ends: what can be written down is. Nobody is told, as by nats-server.
  void write_down();

 private:
  static bool takes_pull(const InternalTaker& taker, std::string_view subject);
  static bool takes_direct_get(const InternalTaker& taker, std::string_view subject);
  static bool takes_ack(const InternalTaker& taker, std::string_view subject);
  static bool takes_flow_control(const InternalTaker& taker, std::string_view subject);

  void subscribe(InternalTaker& taker, std::string_view subject);
  Status read_definitions();
  void read_stream(std::string_view name, std::string_view definition);
  void read_consumer(std::string_view name, std::string_view definition);
  void drop_orphans();
  void start();
  bool recover_streams(uint64_t& budget);
  Status define(const Stream& stream, const StreamConfig& config);

  Services services_;
  Streams streams_;
  uint64_t next_stream_id_ = 1;
  InternalTaker api_;
  InternalTaker pull_;
  InternalTaker direct_get_;
  InternalTaker ack_;
  InternalTaker flow_control_;
  std::vector<Subscription::Owner> subscriptions_;

  enum class Recovery { kNotBegun, kStreams, kDone };
  Recovery recovery_ = Recovery::kNotBegun;
  std::vector<Stream*> recovering_;  // the last one is being read

  bool has_unread_ = false;  // some definition: files that seem to be nobody's may be its
  Snapshots snapshots_{*this};

  uint64_t api_calls_ = 0;
  uint64_t api_errors_ = 0;
};

}  // namespace myelin
