// PublishHeaders: what the headers of a publish ask of the stream that takes it (ADR-4, ADR-22,
// ADR-43). Names count exactly, and the first one of a name that has a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace myelin {

struct PublishHeaders {
  using Value = std::optional<std::string_view>;

  Value msg_id;
  Value expected_stream;
  Value expected_last_sequence;
  Value expected_last_subject_sequence;
  Value expected_last_subject_sequence_subject;
  Value expected_last_msg_id;
  Value rollup;
  Value ttl;
  // Of features that are not there yet.
  Value incr;
  Value batch_id;
  Value schedule;  // any of Nats-Schedule*
};

PublishHeaders read_publish_headers(std::string_view block);

// A sequence that is expected; what is no number matches none.
uint64_t expected_sequence(std::string_view value);

// The value of Nats-TTL: whole seconds, a duration as Go writes it, or "never". Nothing for what is
// neither, or less than a second.
struct MessageTtl {
  bool never = false;
  Duration span{};
};
std::optional<MessageTtl> parse_message_ttl(std::string_view value);

// The block without its status ("NATS/1.0 503 ..." becomes "NATS/1.0"); nothing where it has none.
std::optional<std::string> without_status(std::string_view block);

}  // namespace myelin
