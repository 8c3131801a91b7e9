#include "core/jetstream/restore.h"

#include <algorithm>
#include <utility>

#include "core/base/json.h"
#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/backup_block.h"
#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/jetstream.h"
#include "core/jetstream/publish_headers.h"
#include "core/jetstream/stream_checks.h"
#include "core/jetstream/stream_info.h"
#include "core/limits.h"
#include "core/protocol/headers.h"
#include "core/subject/subject.h"

namespace myelin {
namespace {

constexpr Duration kIdleMax = seconds(5);
// Parts of the backup in one turn; each is one S2 block at most.
constexpr int kPartsMax = 2;
// What may wait to be taken in, of clients that do not wait for the answers.
constexpr uint64_t kWaitingSizeMax = 64 * 1024 * 1024;

constexpr std::string_view kBlockStart = "NATS/1.0";
constexpr std::string_view kBlockEnd = "\r\n\r\n";

bool is_header_block(std::string_view block) {
  return block.size() >= kBlockStart.size() + kBlockEnd.size() &&
         block.substr(0, kBlockStart.size()) == kBlockStart &&
         block.substr(block.size() - kBlockEnd.size()) == kBlockEnd;
}

}  // namespace

Restore::Restore(JetStream& jetstream, StreamConfig config, uint64_t client)
    : jetstream_(jetstream),
      config_(std::move(config)),
      client_(client),
      began_(jetstream.services().now()),
      taker_{.kind = static_cast<uint8_t>(JetStreamKind::kSnapshot),
             .owner = &jetstream.snapshots()},
      timer_(static_cast<uint8_t>(JetStreamKind::kSnapshot), &jetstream.snapshots()),
      reader_(config_.name, make_taker()) {
  Services& services = jetstream.services();
  services.advisories.snapshot("RESTORE_CREATE", "restore_create", config_.name, client_, {});
  deliver_subject_ = "$JS.SNAPSHOT.RESTORE." + config_.name + "." + services.context.random.nuid();
  subscription_ = Subscription::create(taker_, deliver_subject_);
  INVARIANT(services.account.subscribe(*subscription_));
  stalled_at_ = services.context.now.mono + kIdleMax;
  services.context.timers.set(timer_, stalled_at_);
}

Restore::~Restore() {
  Services& services = jetstream_.services();
  services.account.unsubscribe(*subscription_);
  services.context.mailbox.forget(taker_);
  if (!stream_) return;
  const Status removed = stream_->store().destroy();
  if (removed.ok()) return;
  services.context.log.write(LogLevel::kError,
                             "A restore of '" + config_.name +
                                 "' was not removed from the disk: " + removed.error().context);
}

// Chunks --------------------------------------------------------------------------------------

bool Restore::take(const Mail& mail) {
  if (mail.reply.empty()) {
    return fail({Errc::kInvalid, "a chunk requires a reply subject"}, {});
  }
  const std::string_view bytes = mail.payload();
  if (waiting_size_ + bytes.size() > kWaitingSizeMax) {
    return fail({Errc::kFull, "chunks must wait for their answers"}, std::string(mail.reply));
  }
  chunks_.push_back({.reply = std::string(mail.reply), .bytes = std::string(bytes)});
  waiting_size_ += bytes.size();
  size_ += bytes.size();
  return chunks_.size() == 1 && work();
}

bool Restore::on_timer() {
  if (!chunks_.empty()) return work();
  Services& services = jetstream_.services();
  if (services.context.now.mono < stalled_at_) {
    services.context.timers.set(timer_, stalled_at_);
    return false;
  }
  services.context.log.write(
      LogLevel::kWarning, "Restore of stream '" + config_.name + "' has stalled, and is given up");
  return true;
}

// Some parts of what waits; true if the restore is over.
bool Restore::work() {
  Services& services = jetstream_.services();
  for (int parts = 0; parts < kPartsMax && !chunks_.empty();) {
    Chunk& chunk = chunks_.front();
    if (chunk.bytes.empty()) return finish(chunk.reply);
    std::string_view input = std::string_view(chunk.bytes).substr(taken_);
    const Result<bool> has_more = reader_.take(input);
    if (!has_more.ok()) return fail(has_more.error(), chunk.reply);
    taken_ = chunk.bytes.size() - input.size();
    if (has_more.value()) {
      ++parts;
      continue;
    }
    services.account.send(services.context, {.to = chunk.reply});
    waiting_size_ -= chunk.bytes.size();
    taken_ = 0;
    chunks_.pop_front();
  }
  const Instant now = services.context.now.mono;
  stalled_at_ = now + kIdleMax;
  services.context.timers.set(timer_, chunks_.empty() ? stalled_at_ : now);
  return false;
}

// The end -------------------------------------------------------------------------------------

bool Restore::finish(const std::string& reply) {
  Status built = reader_.finish();
  if (built.ok()) built = build();
  if (!built.ok()) return fail(built.error(), reply);
  announce_end();
  answer(reply);
  return true;
}

// The stream as it was when it was left, now for everybody.
Status Restore::build() {
  if (jetstream_.find(config_.name) != nullptr) {
    return refuse(api_error(ApiErrc::kStreamNameExistRestoreFailed));
  }
  if (overlaps_another(jetstream_, config_)) {
    return refuse(api_error(ApiErrc::kStreamSubjectOverlap));
  }
  MessageStore& store = stream_->store();
  const bool knows_ends =
      ends_.last_sequence <= kBackupSequenceMax && ends_.first_sequence <= ends_.last_sequence + 1;
  if (knows_ends && ends_.last_sequence >= last_sequence_) {
    last_sequence_ = ends_.last_sequence;
    last_time_ = ends_.last_time;
  }
  if (last_sequence_ > store.last_sequence()) {
    const auto skipped = store.skip_to(last_sequence_, last_time_);
    if (!skipped.ok()) return skipped.error();
  }
  if (knows_ends && ends_.first_sequence > store.first_sequence()) {
    const auto purged = store.purge({}, ends_.first_sequence, 0);
    if (!purged.ok()) return purged.error();
  }
  const Result<Stream*> begun = jetstream_.begin(std::move(stream_));
  if (!begun.ok()) return begun.error();
  jetstream_.services().advisories.stream_action(config_.name, "create");
  begun.value()->touch();
  return kOk;
}

void Restore::answer(const std::string& reply) {
  Services& services = jetstream_.services();
  Stream& stream = *jetstream_.find(config_.name);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("type", "io.nats.jetstream.api.v1.stream_create_response");
  write_stream_info(json, stream, {});
  json.field("ts", rfc3339(services.now()));
  json.end_object();
  if (services.options.sync_always) {
    services.gate.hold({.jetstream = services.number,
                        .stream = stream.number(),
                        .definitions = true,
                        .asked = services.context.now.mono},
                       reply, text);
  } else {
    services.account.send(services.context, {.to = reply, .content = text});
  }
}

Error Restore::refuse(ApiError error) {
  Error why{Errc::kInvalid, error.description};
  refusal_ = std::move(error);
  return why;
}

bool Restore::fail(const Error& error, const std::string& reply) {
  Services& services = jetstream_.services();
  announce_end();
  services.context.log.write(LogLevel::kWarning,
                             "Restore of stream '" + config_.name + "' failed: " + error.context);
  if (reply.empty()) return true;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("type", "io.nats.jetstream.api.v1.stream_create_response");
  json.name("error");
  write(json, refusal_ ? *refusal_ : api_error(ApiErrc::kStreamRestore, error.context));
  json.end_object();
  services.account.send(services.context, {.to = reply, .content = text});
  return true;
}

void Restore::announce_end() {
  Services& services = jetstream_.services();
  std::string fields;
  JsonWriter json(fields);
  json.begin_object();
  json.field("start", rfc3339(began_));
  json.field("end", rfc3339(services.now()));
  json.field("bytes", size_);
  fields.front() = ',';
  services.advisories.snapshot("RESTORE_COMPLETE", "restore_complete", config_.name, client_,
                               fields);
}

// What the backup holds -----------------------------------------------------------------------

BackupTaker Restore::make_taker() {
  return {.stream = [this](std::string_view meta) { return take_meta(meta); },
          .record = [this](const BackupRecord& record) { return take_record(record); },
          .ends =
              [this](const BackupTaker::Ends& ends) {
                ends_ = ends;
                return Status(kOk);
              },
          .consumer = [this](std::string_view name,
                             std::string_view meta) { return take_consumer(name, meta); },
          .consumer_state =
              [this](std::string_view name, std::string_view state) {
                if (stream_->consumers().adopt_positions(name, state)) return Status(kOk);
                return Status(Error{Errc::kCorrupt, "error restoring consumer [" + go_quote(name) +
                                                        "]: corrupt state file"});
              }};
}

Status Restore::take_meta(std::string_view meta) {
  const std::optional<JsonDocument> document = JsonDocument::parse(meta, kJsonDepthMax);
  if (!document) return Error{Errc::kCorrupt, "meta.inf is no JSON"};
  const JsonView root = document->root();
  if (root.find("name").as_string().value_or("") != config_.name) {
    return Error{Errc::kInvalid, "stream names do not match"};
  }
  const std::string_view created = root.find("Created").as_string().value_or("");
  auto stream =
      jetstream_.prepare(config_, parse_rfc3339(created).value_or(jetstream_.services().now()));
  if (!stream.ok()) return stream.error();
  stream_ = std::move(stream.value());
  return kOk;
}

Status Restore::take_record(const BackupRecord& record) {
  if (record.sequence > kBackupSequenceMax) return Error{Errc::kCorrupt, "no sequence"};
  if (record.sequence > last_sequence_) {
    last_sequence_ = record.sequence;
    last_time_ = record.time;
  }
  if (record.kind == BackupRecord::Kind::kMessage) return take_message(record);
  if (record.kind == BackupRecord::Kind::kTombstone) {
    const auto removed = stream_->store().remove(record.sequence);
    if (!removed.ok()) return removed.error();
  }
  return kOk;
}

Status Restore::take_message(const BackupRecord& record) {
  MessageStore& store = stream_->store();
  // A block that was written anew may repeat what it had.
  if (record.sequence <= store.last_sequence()) return kOk;
  const std::string_view headers = record.content.substr(0, record.header_size);
  if (!is_valid_literal(record.subject) || (!headers.empty() && !is_header_block(headers))) {
    return Error{Errc::kCorrupt, "malformed or corrupt message"};
  }
  const auto appended = store.append({.subject = record.subject,
                                      .content = record.content,
                                      .header_size = record.header_size,
                                      .time = record.time,
                                      .expires = expiry_of(record),
                                      .sequence = record.sequence});
  if (!appended.ok()) {
    if (appended.error().code != Errc::kFull) return appended.error();
    return refuse(api_error(ApiErrc::kInsufficientResources));
  }
  const Services& services = jetstream_.services();
  const bool is_file = stream_->is_file();
  const int64_t max = is_file ? services.options.max_file_store : services.options.max_memory_store;
  const uint64_t used = services.shared.usage.used(is_file);
  const bool fits = max < 0 || used + store.bytes() <= static_cast<uint64_t>(max);
  if (fits && !is_beyond_account(services, config_, store.bytes())) return kOk;
  return refuse(
      api_error(is_file ? ApiErrc::kStorageResourcesExceeded : ApiErrc::kMemoryResourcesExceeded));
}

std::optional<WallTime> Restore::expiry_of(const BackupRecord& record) const {
  if (!config_.allow_msg_ttl || record.header_size == 0) return std::nullopt;
  const auto value = find_header(record.content.substr(0, record.header_size), "Nats-TTL");
  if (!value) return std::nullopt;
  const std::optional<MessageTtl> ttl = parse_message_ttl(*value);
  if (!ttl || ttl->never) return std::nullopt;
  return WallTime{(Instant{record.time.unix_ns} + ttl->span).ns};
}

Status Restore::take_consumer(std::string_view name, std::string_view meta) {
  const auto why = [name](std::string_view text) {
    return Error{Errc::kInvalid,
                 "error restoring consumer [" + go_quote(name) + "]: " + std::string(text)};
  };
  const std::optional<JsonDocument> document = JsonDocument::parse(meta, kJsonDepthMax);
  if (!document) return why("meta.inf is no JSON");
  Result<ConsumerConfig, ApiError> config =
      read_consumer_config(document->root(), JsonStrictness::kLenient);
  if (!config.ok()) return why(config.error().description);
  const auto created = parse_rfc3339(document->root().find("Created").as_string().value_or(""));
  const auto refused = stream_->consumers().adopt(std::move(config.value()), name,
                                                  created.value_or(jetstream_.services().now()));
  if (refused) return why(refused->description);
  return kOk;
}

}  // namespace myelin
