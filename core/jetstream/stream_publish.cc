// The way of a publish into a stream, in nats-server's order of checks.

#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/stream.h"
#include "core/jetstream/stream_checks.h"
#include "core/protocol/headers.h"
#include "core/pubsub/message_trace.h"

namespace myelin {
namespace {

// A record's largest size in nats-server's file store.
constexpr size_t kRecordSizeMax = 32 * 1024 * 1024;
constexpr size_t kHeaderSizeMax = 65535;

std::string publish_error(std::string_view stream, const ApiError& error) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("error");
  write(json, error);
  json.field("stream", stream);
  json.field("seq", 0);
  json.end_object();
  return text;
}

ApiError wrong_sequence(uint64_t actual) {
  return api_error(ApiErrc::kStreamWrongLastSequence, decimal(static_cast<int64_t>(actual)));
}

// Traces have nats-server's inner words for what publishers expect most.
std::string trace_error(const ApiError& error, const PublishHeaders& headers) {
  if (error.err_code != ApiErrc::kStreamWrongLastSequence) return error.description;
  const bool is_of_subject = headers.expected_last_subject_sequence.has_value();
  const auto& expected =
      is_of_subject ? headers.expected_last_subject_sequence : headers.expected_last_sequence;
  std::string text =
      is_of_subject ? "last sequence by subject mismatch: " : "last sequence mismatch: ";
  append_decimal(text, expected_sequence(*expected));
  return text.append(" vs ").append(error.description.substr(error.description.rfind(' ') + 1));
}

}  // namespace

void Stream::take(const Mail& mail) {
  if (mail.trace != nullptr) return take_traced(mail);
  acknowledge(mail, publish(mail));
}

// What is stored must not be traced again when it is delivered; what is only traced is not stored.
void Stream::take_traced(const Mail& mail) {
  const bool no_interest =
      config_.retention == RetentionPolicy::kInterest && !consumers_.has_interest(mail.subject);
  const PublishHeaders headers = read_publish_headers(mail.headers());
  const std::string content =
      block_with_header(mail.headers(), kTraceDestination, kTraceDisabled).append(mail.payload());
  Mail stored = mail;
  stored.content = content;
  stored.header_size = static_cast<uint32_t>(content.size() - mail.payload().size());
  std::string error;
  if (mail.trace->is_only()) {
    std::optional<ApiError> fault = check_expectations(mail, headers);
    if (!fault) fault = check_content(mail, headers);
    if (!fault) fault = check_room(mail, headers);
    if (fault) error = trace_error(*fault, headers);
  } else {
    const Result<Taken, ApiError> taken = publish(stored);
    if (!taken.ok()) error = trace_error(taken.error(), headers);
    if (taken.ok() && taken.value().is_duplicate) error = "msgid is duplicate";
    acknowledge(mail, taken);
  }
  mail.trace->stored(name(), error.empty() ? mail.subject : std::string_view(), no_interest, error,
                     services_.context.now.wall);
}

void Stream::acknowledge(const Mail& mail, const Result<Taken, ApiError>& taken) {
  if (mail.reply.empty() || config_.no_ack) return;
  if (!taken.ok()) {
    const std::string text = publish_error(name(), taken.error());
    services_.account.send(services_.context, {.to = mail.reply, .content = text});
    return;
  }
  ack_ = ack_prefix_;
  append_decimal(ack_, taken.value().sequence);
  ack_ += taken.value().is_duplicate ? ",\"duplicate\": true}" : "}";
  answer(mail.reply, ack_);
}

Result<Stream::Taken, ApiError> Stream::publish(const Mail& mail) {
  if (is_offline()) return api_error(ApiErrc::kStreamStoreFailed, offline_reason());
  if (is_file() && mail.subject.size() + mail.content.size() > kRecordSizeMax) {
    return api_error(ApiErrc::kStreamStoreFailed, "message too large");
  }
  if (config_.sealed) return api_error(ApiErrc::kStreamSealed);
  PublishHeaders headers;
  if (mail.header_size > 0) {
    headers = read_publish_headers(mail.headers());
    if (std::optional<ApiError> error = check_expectations(mail, headers)) return *error;
    if (headers.msg_id) {
      learn_ids();
      const std::optional<uint64_t> known = dedupe_.find(*headers.msg_id, services_.now());
      if (known) return Taken{.sequence = *known, .is_duplicate = true};
    }
  }
  if (std::optional<ApiError> error = check_content(mail, headers)) return *error;
  if (std::optional<ApiError> error = check_room(mail, headers)) return *error;
  return store_message(mail, headers);
}

// What a publisher expects of the stream.
std::optional<ApiError> Stream::check_expectations(const Mail& mail,
                                                   const PublishHeaders& headers) {
  if (headers.batch_id) return api_error(ApiErrc::kAtomicPublishDisabled);
  if (headers.incr) return api_error(ApiErrc::kMessageIncrDisabled);
  if (headers.expected_stream && *headers.expected_stream != name()) {
    return api_error(ApiErrc::kStreamNotMatch);
  }
  if (headers.ttl && !config_.allow_msg_ttl) {
    return api_error(parse_message_ttl(*headers.ttl) ? ApiErrc::kMessageTtlDisabled
                                                     : ApiErrc::kMessageTtlInvalid);
  }
  if (headers.expected_last_subject_sequence) {
    const std::string_view subject =
        headers.expected_last_subject_sequence_subject.value_or(mail.subject);
    uint64_t last = 0;
    if (subject.find_first_of("*>") == std::string_view::npos) {
      last = store_->subject(subject).last_sequence;
    } else if (const auto found = store_->last(SubjectFilter({std::string(subject)}))) {
      last = found->sequence;
    }
    if (last != expected_sequence(*headers.expected_last_subject_sequence)) {
      return wrong_sequence(last);
    }
  } else if (headers.expected_last_subject_sequence_subject) {
    return api_error(ApiErrc::kStreamExpectedLastSeqPerSubjectInvalid);
  }
  if (headers.expected_last_sequence) {
    const uint64_t last = store_->last_sequence();
    if (last != expected_sequence(*headers.expected_last_sequence)) return wrong_sequence(last);
  }
  if (headers.schedule) return api_error(ApiErrc::kMessageSchedulesDisabled);
  return std::nullopt;
}

// The message itself, and what it asks the stream to do.
std::optional<ApiError> Stream::check_content(const Mail& mail, const PublishHeaders& headers) {
  if (headers.expected_last_msg_id) {
    learn_ids();
    if (*headers.expected_last_msg_id != dedupe_.last_id()) {
      return api_error(ApiErrc::kStreamWrongLastMsgId, dedupe_.last_id());
    }
  }
  if (headers.rollup) {
    if (!config_.allow_rollup_hdrs || config_.deny_purge) {
      return api_error(ApiErrc::kStreamRollupFailed, "rollup not permitted");
    }
    const std::string rollup = lower_case(*headers.rollup);
    if (rollup != "sub" && rollup != "all") {
      return api_error(ApiErrc::kStreamRollupFailed, "rollup value invalid: \"" + rollup + "\"");
    }
  }
  if (config_.max_msg_size >= 0 &&
      mail.content.size() > static_cast<size_t>(config_.max_msg_size)) {
    return api_error(ApiErrc::kStreamMessageExceedsMaximum);
  }
  if (mail.header_size > kHeaderSizeMax) return api_error(ApiErrc::kStreamHeaderExceedsMaximum);
  return std::nullopt;
}

// Room in the account and on the server; what the stream's own limits refuse is told when it is
// about to be stored.
std::optional<ApiError> Stream::check_room(const Mail& mail, const PublishHeaders&) {
  if (services_.context.is_short_of_memory) return api_error(ApiErrc::kInsufficientResources);
  const uint64_t size = size_in_store(
      {.subject = mail.subject, .content = mail.content, .header_size = mail.header_size});
  if (is_beyond_account(services_, config_, size)) {
    return api_error(ApiErrc::kAccountResourcesExceeded);
  }
  const int64_t max =
      is_file() ? services_.options.max_file_store : services_.options.max_memory_store;
  if (max < 0) return std::nullopt;
  const uint64_t used = services_.shared.usage.used(is_file());
  if (used + mail.subject.size() + mail.content.size() > static_cast<uint64_t>(max)) {
    return api_error(ApiErrc::kInsufficientResources);
  }
  return std::nullopt;
}

Result<Stream::Taken, ApiError> Stream::store_message(const Mail& mail,
                                                      const PublishHeaders& headers) {
  const std::string_view id = headers.msg_id.value_or(std::string_view());
  const WallTime now = services_.now();
  const bool is_wanted =
      config_.retention != RetentionPolicy::kInterest || consumers_.has_interest(mail.subject);
  Taken taken;
  if (is_wanted) {
    NewMessage message{.subject = mail.subject,
                       .content = mail.content,
                       .header_size = mail.header_size,
                       .time = now};
    std::string rewritten;
    if (headers.ttl) {
      const std::optional<MessageTtl> ttl = parse_message_ttl(*headers.ttl);
      if (!ttl) return api_error(ApiErrc::kMessageTtlInvalid);
      set_ttl(*ttl, message, rewritten);
    } else if (mail.header_size > 0) {
      if (std::optional<std::string> block = without_status(mail.headers())) {
        rewritten = *block + std::string(mail.payload());
        message.content = rewritten;
        message.header_size = static_cast<uint32_t>(block->size());
      }
    }
    const Result<uint64_t, ApiError> sequence =
        append(message, headers.rollup && lower_case(*headers.rollup) == "sub");
    if (!sequence.ok()) return sequence.error();
    taken.sequence = sequence.value();
  } else {
    const Result<uint64_t> sequence = store_->skip(now);
    if (!sequence.ok()) return api_error(ApiErrc::kInsufficientResources);
    taken.sequence = sequence.value();
  }
  if (!id.empty()) dedupe_.remember(id, taken.sequence, now);
  dedupe_.set_last_id(id);
  if (headers.rollup) {
    roll_up(mail.subject, lower_case(*headers.rollup), is_wanted);
  }
  if (is_wanted) enforce_limits(mail.subject);
  charge();
  release();
  set_timer();
  return taken;
}

// A TTL below that of the marker which will follow the message is raised to it.
void Stream::set_ttl(const MessageTtl& ttl, NewMessage& message, std::string& rewritten) {
  if (ttl.never) {
    message.expires = WallTime{INT64_MAX};
    return;
  }
  Duration span = ttl.span;
  const Duration least = config_.subject_delete_marker_ttl;
  if (span < least && config_.max_msgs_per_subject != 1) {
    span = least;
    const std::string_view headers = message.content.substr(0, message.header_size);
    const std::string block = block_with_header(
        headers, "Nats-TTL",
        decimal(static_cast<int64_t>(std::chrono::duration_cast<seconds>(span).count())));
    rewritten = block + std::string(message.content.substr(message.header_size));
    message.content = rewritten;
    message.header_size = static_cast<uint32_t>(block.size());
  }
  message.expires = WallTime{(Instant{message.time.unix_ns} + span).ns};
}

// The stream's own limits, where they refuse (discard new), then the store.
Result<uint64_t, ApiError> Stream::append(const NewMessage& message, bool rolls_up_subject) {
  if (std::optional<ApiError> error = check_discard_new(message, rolls_up_subject)) return *error;
  const Result<uint64_t> sequence = store_->append(message);
  if (sequence.ok()) return sequence.value();
  if (sequence.error().code == Errc::kFull) return api_error(ApiErrc::kInsufficientResources);
  return api_error(ApiErrc::kStreamStoreFailed, sequence.error().context);
}

std::optional<ApiError> Stream::check_discard_new(const NewMessage& message,
                                                  bool rolls_up_subject) {
  if (config_.discard != DiscardPolicy::kNew) return std::nullopt;
  const auto refuse = [](std::string_view what) {
    return api_error(ApiErrc::kStreamStoreFailed, what);
  };
  bool replaces = false;  // the oldest of its subject makes room
  uint64_t freed = 0;
  if (config_.max_msgs_per_subject > 0) {
    const SubjectSummary summary = store_->subject(message.subject);
    replaces = summary.messages >= static_cast<uint64_t>(config_.max_msgs_per_subject);
    if (replaces && config_.discard_new_per_subject && !rolls_up_subject) {
      return refuse("maximum messages per subject exceeded");
    }
    if (replaces && config_.max_bytes > 0) freed = size_in_store(summary.first_sequence);
  }
  if (config_.max_msgs > 0 && store_->messages() >= static_cast<uint64_t>(config_.max_msgs) &&
      !replaces) {
    return refuse("maximum messages exceeded");
  }
  if (config_.max_bytes > 0 &&
      store_->bytes() + size_in_store(message) > static_cast<uint64_t>(config_.max_bytes) + freed) {
    return refuse("maximum bytes exceeded");
  }
  return std::nullopt;
}

uint64_t Stream::size_in_store(const NewMessage& message) const {
  const uint64_t size = message.subject.size() + message.content.size();
  if (!is_file()) return size + 16;
  return size + 30 + (message.header_size > 0 ? 4 : 0);
}

uint64_t Stream::size_in_store(uint64_t sequence) {
  const std::optional<StoredMessage> stored = store_->load(sequence);
  if (!stored) return 0;
  return size_in_store(
      {.subject = stored->subject, .content = stored->content, .header_size = stored->header_size});
}

void Stream::roll_up(std::string_view subject, std::string_view rollup, bool was_stored) {
  const uint64_t keep = was_stored ? 1 : 0;
  const SubjectFilter filter =
      rollup == "all" ? SubjectFilter() : SubjectFilter({std::string(subject)});
  const Result<uint64_t> purged = store_->purge(filter, 0, keep);
  if (purged.ok() && purged.value() > 0) consumers_.on_purged();
}

// After a restart the ids of the last window are learnt from what is stored, when one is asked for.
void Stream::learn_ids() {
  if (std::exchange(knows_ids_, true)) return;
  const uint64_t last = store_->last_sequence();
  const WallTime since{services_.now().unix_ns - dedupe_.window().count()};
  for (uint64_t at = store_->sequence_at(since); at <= last; ++at) {
    const std::optional<StoredMessage> stored = store_->next({}, at, last);
    if (!stored) return;
    at = stored->sequence;
    const std::string_view id =
        read_publish_headers(stored->headers()).msg_id.value_or(std::string_view());
    if (!id.empty()) dedupe_.remember(id, at, stored->time);
    if (at == last) dedupe_.set_last_id(id);
  }
}

}  // namespace myelin
