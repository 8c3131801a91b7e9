#include "core/jetstream/stream.h"

#include <algorithm>
#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/jetstream/api_error.h"
#include "core/pubsub/sharing.h"

namespace myelin {
namespace {

static_assert(static_cast<uint8_t>(JetStreamKind::kStream) == kStreamKind);

constexpr uint64_t kSegmentSizeMax = 8 * 1024 * 1024;
constexpr uint64_t kSegmentSizeMin = 64 * 1024;

// A stream with a small bound is cut into several segments all the same, so that what it lets go
// can leave the disk.
uint64_t segment_size_of(const StreamConfig& config) {
  if (config.max_bytes <= 0) return kSegmentSizeMax;
  return std::clamp(static_cast<uint64_t>(config.max_bytes) / 4, kSegmentSizeMin, kSegmentSizeMax);
}

// Whatever it asks for, what is kept in memory stays as it is, as in nats-server.
bool compresses(const StreamConfig& config) {
  return config.compression != StoreCompression::kNone && config.storage == StorageType::kFile;
}

std::string in_json(std::string_view text) {
  std::string to;
  JsonWriter(to).value(text);
  return to;
}

}  // namespace

Stream::Stream(Services& services, StreamConfig config, WallTime created, uint64_t id)
    : services_(services),
      config_(std::move(config)),
      created_(created),
      id_(id),
      number_(++services.shared.last_number),
      folder_(services.folder + "streams/" + decimal(static_cast<int64_t>(id))),
      consumers_(*this),
      dedupe_(config_.duplicate_window, services.context.random.next()),
      taker_{.kind = static_cast<uint8_t>(JetStreamKind::kStream), .owner = this},
      ack_prefix_("{\"stream\":" + in_json(config_.name) + ",\"seq\":"),
      timer_(static_cast<uint8_t>(JetStreamKind::kStream), this) {
  if (!is_file()) memory_ = std::make_unique<MemoryStorage>(UINT64_MAX / 2);
  Storage& storage = memory_ ? *memory_ : services_.storage;
  store_ = std::make_unique<MessageStore>(
      storage, MessageStore::Options{.folder = folder_ + "/messages",
                                     .first_sequence = std::max<uint64_t>(config_.first_seq, 1),
                                     .is_file = is_file(),
                                     .segment_size = segment_size_of(config_),
                                     .salt = services_.context.random.next(),
                                     .codec = services_.codec,
                                     .compresses = compresses(config_)});
  services_.reserve(is_file(), std::max<int64_t>(config_.max_bytes, 0));
}

Stream::~Stream() {
  unsubscribe();
  if (is_touched_) std::erase(services_.shared.touched, this);
  services_.shared.streams.erase(number_);
  services_.use(is_file(), -static_cast<int64_t>(charged_));
  services_.reserve(is_file(), -std::max<int64_t>(config_.max_bytes, 0));
}

// Life ----------------------------------------------------------------------------------------

Status Stream::open() {
  is_open_ = true;
  return store_->open();
}

Result<bool> Stream::recover(uint64_t& budget) {
  const Result<bool> messages = store_->recover(budget);
  if (!messages.ok() || !messages.value()) return messages;
  return consumers_.recover(budget);
}

void Stream::start() {
  services_.shared.streams.emplace(number_, this);
  released_ = store_->last_sequence();
  charge();
  subscribe();
  consumers_.start();
  // What it was that a limit had removed may be back after a crash.
  enforce_all_limits();
  set_timer();
}

void Stream::subscribe() {
  for (const std::string& subject : config_.subjects) {
    Subscription::Owner subscription = Subscription::create(taker_, subject);
    if (services_.account.subscribe(*subscription)) {
      subscriptions_.push_back(std::move(subscription));
    }
  }
}

void Stream::unsubscribe() {
  for (const Subscription::Owner& subscription : subscriptions_) {
    services_.account.unsubscribe(*subscription);
  }
  subscriptions_.clear();
  services_.context.mailbox.forget(taker_);
}

void Stream::destroy() {
  unsubscribe();
  consumers_.remove_all();
  const Status destroyed = store_->destroy();
  if (!destroyed.ok()) {
    services_.context.log.write(
        LogLevel::kError,
        "Stream '" + name() + "' was not removed from the disk: " + destroyed.error().context);
  }
}

void Stream::update(StreamConfig config) {
  services_.reserve(is_file(), -std::max<int64_t>(config_.max_bytes, 0));
  const bool was_limits = config_.retention == RetentionPolicy::kLimits;
  const bool has_new_subjects = config.subjects != config_.subjects;
  config_ = std::move(config);
  services_.reserve(is_file(), std::max<int64_t>(config_.max_bytes, 0));
  if (has_new_subjects) {
    unsubscribe();
    subscribe();
  }
  store_->set_compresses(compresses(config_));
  dedupe_.set_window(config_.duplicate_window);
  enforce_all_limits();
  if (was_limits && config_.retention == RetentionPolicy::kInterest) on_consumers_changed();
  set_timer();
}

// Durability ----------------------------------------------------------------------------------

bool Stream::is_durable() const {
  return is_file() && services_.options.sync_always &&
         config_.persist_mode == PersistMode::kDefault;
}

void Stream::answer(std::string_view reply, std::string_view body) {
  if (is_durable()) {
    services_.gate.hold(
        {.jetstream = services_.number, .stream = number_, .positions = body.empty()}, reply, body);
    touch();
  } else {
    services_.account.send(services_.context, {.to = reply, .content = body});
  }
}

void Stream::touch() {
  if (is_touched_) return;
  is_touched_ = true;
  services_.shared.touched.push_back(this);
}

void Stream::collect_unsynced(std::vector<FileId>& files) {
  store_->collect_unsynced(files);
  consumers_.collect_unsynced(files);
}

void Stream::sync_asked(SyncTicket ticket) {
  is_touched_ = false;
  store_->sync_asked(ticket);
  consumers_.sync_asked(ticket);
  asked_.push_back({ticket, store_->last_sequence()});
}

void Stream::sync_in_memory() {
  std::vector<FileId> files;
  collect_unsynced(files);
  const SyncTicket ticket = memory_->sync(files);
  sync_asked(ticket);
  for (const MemoryStorage::Synced& synced : memory_->take_synced()) {
    on_synced(synced.ticket, synced.failed);
  }
}

void Stream::on_synced(SyncTicket ticket, const FileErrors& failed) {
  const bool was_offline = is_offline();
  store_->on_synced(ticket, failed);
  consumers_.on_synced(ticket, failed);
  if (is_offline() && !was_offline) {
    services_.context.log.write(LogLevel::kError,
                                "Stream '" + name() + "' is offline: " + offline_reason());
  }
  while (!asked_.empty() && asked_.front().ticket.value <= ticket.value) {
    if (!is_offline() && asked_.front().last_sequence > released_) {
      released_ = asked_.front().last_sequence;
      consumers_.on_released();
    }
    asked_.pop_front();
  }
}

// What need not wait for the disk is seen at once.
void Stream::release() {
  touch();
  if (is_durable()) return;
  released_ = store_->last_sequence();
  consumers_.on_released();
}

std::string Stream::offline_reason() const {
  return store_->offline() ? store_->offline()->context : "its consumers' positions failed";
}

std::string Stream::failure_answer() const {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("error");
  write(json, api_error(ApiErrc::kStreamStoreFailed, offline_reason()));
  json.field("stream", name());
  json.field("seq", 0);
  json.end_object();
  return text;
}

bool Stream::work(uint64_t budget, bool wants_snapshot) {
  const bool has_more = store_->work(budget, wants_snapshot);
  if (store_->wants_sync()) touch();
  return consumers_.work(budget) || has_more;
}

// Counts what it holds among all streams' bytes.
void Stream::charge() {
  const uint64_t bytes = store_->bytes();
  services_.use(is_file(), static_cast<int64_t>(bytes - charged_));
  charged_ = bytes;
}

}  // namespace myelin
