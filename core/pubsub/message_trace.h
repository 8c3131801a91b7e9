// MessageTrace: what becomes of one message in this server, told to whom its headers name (ADR-41).
//
//     Nats-Trace-Dest: traces        {"server":{..},"request":{"header":{..},"msgsize":..},
//     Nats-Trace-Only: true           "events":[{"type":"in",..},{"type":"eg",..}]}
//
// One message is under way at a time: its trace is the Context's, noted in by whoever handles the
// message, and told when the mail it made is worked off. A message that is only traced is delivered
// to nobody.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"

namespace myelin {

class Account;
class Client;
class Subscription;

inline constexpr std::string_view kTraceDestination = "Nats-Trace-Dest";
inline constexpr std::string_view kTraceDisabled = "trace disabled";

// What a message's headers say of tracing.
struct TraceHeaders {
  std::map<std::string, std::vector<std::string>> all;  // names as they were written
  bool is_external = false;  // it is a sampled traceparent alone that asks for a trace

  std::string_view first(const std::string& name) const;
};
// Nothing where nothing asks for one. A traceparent counts where the account `traces_external`.
std::optional<TraceHeaders> read_trace_headers(std::string_view block, bool traces_external);

class MessageTrace {
 public:
  MessageTrace(Account& account, std::string destination, bool is_only, TraceHeaders headers,
               size_t size);

  Account& account() const { return account_; }
  const std::string& destination() const { return destination_; }
  // How whoever reads the trace would have it packed; empty: he does not say.
  std::string_view wanted_encoding() const { return headers_.first("Accept-Encoding"); }
  // Nobody gets the message itself.
  bool is_only() const { return is_only_; }

  void arrived(const Client& client, std::string_view subject, WallTime at);
  void refused(std::string error) { events_.front().error = std::move(error); }
  void mapped(std::string_view to, WallTime at);
  void exported(std::string_view account, std::string_view to, WallTime at);
  void imported(std::string_view account, std::string_view from, std::string_view to, WallTime at);
  void delivered(const Client& client, const Subscription& subscription, std::string_view error,
                 WallTime at);
  void stored(std::string_view stream, std::string_view subject, bool no_interest,
              std::string error, WallTime at);

  // The fields behind "server".
  void write(JsonWriter& json) const;

 private:
  struct Event {
    std::string_view type;
    WallTime at;
    uint64_t client = 0;  // 0: none
    std::string name;
    std::string account;
    std::string subject;  // of the message, the subscription, or the stream's name
    std::string from;
    std::string to;
    std::string queue;
    bool no_interest = false;
    std::string error;
  };
  static void write(JsonWriter& json, const Event& event);

  Account& account_;
  std::string destination_;
  bool is_only_;
  TraceHeaders headers_;
  size_t size_;
  std::vector<Event> events_;
};

}  // namespace myelin
