#include "core/jetstream/consumers.h"

#include <algorithm>
#include <utility>

#include "core/base/rfc3339.h"
#include "core/jetstream/backup_consumer.h"
#include "core/jetstream/consumer_update.h"
#include "core/jetstream/services.h"
#include "core/jetstream/stream.h"
#include "core/limits.h"

namespace myelin {
namespace {

constexpr size_t kNameSize = 8;  // of one that the server chooses
constexpr size_t kNameSizeMax = 255;

// So many changes are written down though nobody asks for a sync.
constexpr size_t kChangesSizeMax = 64 * 1024;

// So many new messages are matched one by one; of more, most consumers want some.
constexpr uint64_t kMatchedMax = 32;

// What a consumer counts for in the log when nothing is pending, about.
constexpr uint64_t kWholeSizeMin = 48;
constexpr uint64_t kWholeSizePerPending = 12;

std::string definition_name(std::string_view stream, std::string_view consumer) {
  std::string name("consumer/");
  name.append(stream).append(1, '/').append(consumer);
  return name;
}

std::string definition_text(const Consumer& consumer) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("config");
  write(json, consumer.config(), ServerMetadata::kHidden);
  json.field("created", rfc3339(consumer.created()));
  json.field("id", consumer.id());
  json.end_object();
  return text;
}

// What takes more room than it as changes is written as the whole.
uint64_t size_of_whole(const Consumer& consumer) {
  const ConsumerState& state = consumer.state();
  return kWholeSizeMin + (state.pending_count() + state.given_up().size()) * kWholeSizePerPending;
}

ConsumerLimits limits_of(const Stream& stream) {
  const Services& services = stream.services();
  const JetStreamAccountLimits* account = services.limits(stream.config().num_replicas);
  return {.max_ack_pending = services.options.limits.max_ack_pending,
          .account_max_ack_pending = account == nullptr ? 0 : account->max_ack_pending,
          .max_request_batch = services.options.limits.max_request_batch};
}

}  // namespace

Consumers::Consumers(Stream& stream) : stream_(stream) {}
Consumers::~Consumers() = default;

Consumer* Consumers::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second.get();
}

size_t Consumers::public_size() const {
  return static_cast<size_t>(std::count_if(by_name_.begin(), by_name_.end(), [](const auto& entry) {
    return !entry.second->config().direct;
  }));
}

Result<Consumer*, ApiError> Consumers::create(ConsumerRequest request, std::string_view name) {
  ConsumerConfig& config = request.config;
  Consumer* const existing = name.empty() ? nullptr : find(name);
  if (existing != nullptr) config.pause_until = existing->config().pause_until;
  const ConsumerLimits limits = limits_of(stream_);
  if (auto error = apply_defaults(config, stream_.config(), limits, request.pedantic)) {
    return *error;
  }
  if (auto error = check(config, stream_.config(), limits)) return *error;
  if (existing != nullptr) {
    if (request.action == ConsumerAction::kCreate && !is_same(config, existing->config())) {
      return api_error(ApiErrc::kConsumerAlreadyExists);
    }
    return update(*existing, std::move(config));
  }
  if (request.action == ConsumerAction::kUpdate) {
    return api_error(ApiErrc::kConsumerDoesNotExist);
  }
  if (auto error = check_new(config)) return *error;
  return add(std::move(config), name);
}

Result<Consumer*, ApiError> Consumers::update(Consumer& consumer, ConsumerConfig config) {
  if (stream_.config().retention == RetentionPolicy::kWorkQueue) {
    if (check_work_queue_conflicts(config, consumer.name())) {
      return api_error(ApiErrc::kConsumerWorkQueueConsumerNotUnique);
    }
  }
  if (auto error = check_update(consumer.config(), config, consumer.is_push_active())) {
    return *error;
  }
  const bool filters_changed = filters_of(config) != filters_of(consumer.config());
  consumer.update(std::move(config));
  if (!define(consumer).ok()) {
    return api_error(ApiErrc::kConsumerStoreFailed, "error creating store for consumer");
  }
  if (filters_changed) stream_.on_consumers_changed();
  return &consumer;
}

std::optional<ApiError> Consumers::check_new(const ConsumerConfig& config) const {
  if (stream_.services().context.is_short_of_memory) {
    return api_error(ApiErrc::kMemoryResourcesExceeded);
  }
  const JetStreamAccountLimits* account = stream_.services().limits(stream_.config().num_replicas);
  if (account == nullptr) return api_error(ApiErrc::kNoLimits);
  int64_t max = stream_.config().max_consumers;
  if (max <= 0 || (account->max_consumers > 0 && account->max_consumers < max)) {
    max = account->max_consumers;
  }
  if (max > 0 && public_size() >= static_cast<uint64_t>(max)) {
    return api_error(ApiErrc::kMaximumConsumersLimit);
  }
  if (stream_.config().retention == RetentionPolicy::kWorkQueue && !config.direct) {
    if (auto error = check_work_queue(config)) return error;
    if (auto error = check_work_queue_conflicts(config, {})) return error;
  }
  if (config.durable_name.size() > kNameSizeMax) {
    return api_error(ApiErrc::kConsumerNameTooLong, "255");
  }
  return std::nullopt;
}

std::optional<ApiError> Consumers::check_work_queue_conflicts(const ConsumerConfig& config,
                                                              std::string_view name) const {
  for (const auto& [other, consumer] : by_name_) {
    if (other == name || consumer->config().direct) continue;
    if (auto error = work_queue_conflict(config, consumer->config())) return error;
  }
  return std::nullopt;
}

Result<Consumer*, ApiError> Consumers::add(ConsumerConfig config, std::string_view name) {
  Services& services = stream_.services();
  Consumer::Identity identity{.name = name.empty() ? free_name() : std::string(name),
                              .created = services.now(),
                              .id = services.context.random.next() >> 1};
  auto made = std::make_unique<Consumer>(stream_, *this, std::move(identity), std::move(config));
  Consumer& consumer = *made;
  consumer.begin();
  // Where it begins comes before its name: without that it would begin anew after a restart.
  if (consumer.is_persistent() &&
      (!open_log().ok() || !write_whole(consumer) || !define(consumer).ok())) {
    return api_error(ApiErrc::kConsumerStoreFailed, "error creating store for consumer");
  }
  by_name_.emplace(consumer.name(), std::move(made));
  consumer.start(false);
  if (!consumer.config().direct) {
    services.advisories.consumer_action(stream_.name(), consumer.name(), "create");
  }
  return &consumer;
}

std::string Consumers::free_name() {
  while (true) {
    std::string name = stream_.services().context.random.base62(kNameSize);
    if (find(name) == nullptr) return name;
  }
}

Status Consumers::define(const Consumer& consumer) {
  if (!consumer.is_persistent()) return kOk;
  return stream_.services().meta.put(definition_name(stream_.name(), consumer.name()),
                                     definition_text(consumer));
}

Status Consumers::remove(Consumer& consumer) {
  // First of all: what is defined is there again after a restart.
  TRY(stream_.services().meta.remove(definition_name(stream_.name(), consumer.name())));
  erase(consumer);
  stream_.on_consumers_changed();
  return kOk;
}

void Consumers::erase(Consumer& consumer) {
  const std::string name = consumer.name();
  if (!consumer.config().direct) {
    stream_.services().advisories.consumer_action(stream_.name(), name, "delete");
  }
  consumer.end("409 Consumer Deleted", false);
  set_listening(consumer, false);
  set_tracking(consumer, false);
  std::erase(changed_, &consumer);
  by_name_.erase(name);
}

Status Consumers::pause(Consumer& consumer, std::optional<WallTime> until) {
  consumer.pause(until);
  return define(consumer);
}

void Consumers::remove_all() {
  while (!by_name_.empty()) erase(*by_name_.begin()->second);
  // What cannot be removed now is nobody's, and goes at the next start.
  if (log_) (void)log_->destroy();
  log_.reset();
}

void Consumers::shut_down() {
  for (const auto& [name, consumer] : by_name_) consumer->end("409 Server Shutdown", true);
}

Status Consumers::restore(std::string_view name, std::string_view definition) {
  const auto document = JsonDocument::parse(definition, kJsonDepthMax);
  const Error unreadable{Errc::kCorrupt, "consumer definition"};
  if (!document) return unreadable;
  const JsonView root = document->root();
  Result<ConsumerConfig, ApiError> config =
      read_consumer_config(root.find("config"), JsonStrictness::kLenient);
  const std::optional<uint64_t> id = root.find("id").as_uint();
  const std::optional<std::string_view> created = root.find("created").as_string();
  if (!config.ok() || !id || !created) return unreadable;
  Consumer::Identity identity{
      .name = std::string(name), .created = parse_rfc3339(*created).value_or(kZeroTime), .id = *id};
  auto consumer =
      std::make_unique<Consumer>(stream_, *this, std::move(identity), std::move(config.value()));
  recovering_[*id] = {.consumer = consumer.get(), .has_positions = false};
  by_name_[std::string(name)] = std::move(consumer);
  return kOk;
}

Result<bool> Consumers::recover(uint64_t& budget) {
  if (!stream_.is_file()) return true;
  make_log();
  const Now now = stream_.services().context.now;
  return log_->recover(budget, [&](ConsumerLog::Kind kind, uint64_t id, std::string_view bytes) {
    const auto found = recovering_.find(id);
    if (found == recovering_.end()) return;
    Recovering& recovering = found->second;
    ConsumerPositions& positions = recovering.consumer->positions();
    if (kind == ConsumerLog::Kind::kWhole) {
      recovering.has_positions |= decode_positions(bytes, now, positions);
    } else if (recovering.has_positions) {
      // What does not fit follows a record that was lost: the consumer stays where it stood.
      (void)PositionChanges::apply(bytes, now, positions.state);
    }
  });
}

std::optional<ApiError> Consumers::adopt(ConsumerConfig config, std::string_view name,
                                         WallTime created) {
  Services& services = stream_.services();
  const ConsumerLimits limits = limits_of(stream_);
  if (auto error = apply_defaults(config, stream_.config(), limits, false)) return error;
  if (auto error = check(config, stream_.config(), limits)) return error;
  if (auto error = check_new(config)) return error;
  if (find(name) != nullptr) return api_error(ApiErrc::kConsumerAlreadyExists);
  const uint64_t id = services.context.random.next() >> 1;
  Consumer::Identity identity{.name = std::string(name), .created = created, .id = id};
  auto consumer =
      std::make_unique<Consumer>(stream_, *this, std::move(identity), std::move(config));
  recovering_[id] = {.consumer = consumer.get(), .is_adopted = true};
  by_name_[std::string(name)] = std::move(consumer);
  return std::nullopt;
}

bool Consumers::adopt_positions(std::string_view name, std::string_view state) {
  Consumer* consumer = find(name);
  if (consumer == nullptr) return false;
  const Now now = stream_.services().context.now;
  if (!decode_backup_consumer(state, now, consumer->positions().state)) return false;
  recovering_[consumer->id()].has_positions = true;
  return true;
}

Status Consumers::define_adopted() {
  for (auto& [id, recovering] : recovering_) {
    if (!recovering.is_adopted || !recovering.consumer->is_persistent()) continue;
    TRY(open_log());
    TRY(define(*recovering.consumer));
  }
  return kOk;
}

void Consumers::start() {
  for (auto& [id, recovering] : recovering_) {
    Consumer& consumer = *recovering.consumer;
    if (!recovering.has_positions) consumer.begin();
    consumer.start(recovering.has_positions);
    if (!recovering.has_positions || recovering.is_adopted) write_whole(consumer);
    if (!recovering.is_adopted) continue;
    stream_.services().advisories.consumer_action(stream_.name(), consumer.name(), "create");
  }
  recovering_.clear();
}

// Few messages wake those alone who ask for them.
void Consumers::on_released() {
  const uint64_t first = told_ + 1;
  told_ = stream_.released();
  if (listening_.empty() || told_ < first) return;
  if (told_ - first >= kMatchedMax) {
    for (Consumer* consumer : listening_) consumer->wake();
    return;
  }
  for (uint64_t sequence = first; sequence <= told_; ++sequence) {
    const std::optional<StoredMessage> message = stream_.store().load(sequence);
    if (!message) continue;
    for (Consumer* consumer : listening_) {
      if (!consumer->is_woken_ && consumer->wants(message->subject)) consumer->wake();
    }
  }
}

void Consumers::on_removed(uint64_t sequence) {
  // Those that have nothing left to lose leave the list while it is walked: from its end on.
  for (size_t index = tracking_.size(); index > 0; --index) {
    if (index <= tracking_.size()) tracking_[index - 1]->on_removed(sequence);
  }
}

void Consumers::on_purged() {
  for (const auto& [name, consumer] : by_name_) consumer->on_purged();
}

bool Consumers::has_interest(std::string_view subject) const {
  return std::any_of(by_name_.begin(), by_name_.end(),
                     [subject](const auto& entry) { return entry.second->wants(subject); });
}

bool Consumers::is_needed(uint64_t sequence, std::string_view subject) const {
  return std::any_of(by_name_.begin(), by_name_.end(),
                     [&](const auto& entry) { return entry.second->is_needed(sequence, subject); });
}

void Consumers::make_log() {
  if (log_) return;
  Services& services = stream_.services();
  log_.emplace(services.storage, stream_.folder() + "/consumers", services.context.random.next());
}

Status Consumers::open_log() {
  make_log();
  return log_->begin();
}

void Consumers::note_changed(Consumer& consumer) {
  // Where syncs are rare they do not pile up in memory until the next.
  if (consumer.changes().bytes().size() > kChangesSizeMax) write_changes(consumer);
  if (consumer.is_changed_) return;
  consumer.is_changed_ = true;
  changed_.push_back(&consumer);
  stream_.touch();
}

bool Consumers::write_whole(Consumer& consumer) {
  if (!consumer.is_persistent() || !log_) return true;
  consumer.changes().release();
  consumer.needs_whole_ =
      !log_->append(ConsumerLog::Kind::kWhole, consumer.id(), consumer.encode()).ok();
  stream_.touch();
  return !consumer.needs_whole_;
}

// What finds no room is tried again, as a whole, with the next sync; until then a restart delivers
// again what was not written, and no acknowledgement is confirmed.
void Consumers::write_changes(Consumer& consumer) {
  PositionChanges& changes = consumer.changes();
  if (consumer.needs_whole_ || changes.bytes().size() > size_of_whole(consumer)) {
    write_whole(consumer);
    return;
  }
  if (changes.empty()) return;
  consumer.needs_whole_ =
      !log_->append(ConsumerLog::Kind::kChanges, consumer.id(), changes.bytes()).ok();
  changes.release();
}

void Consumers::collect_unsynced(std::vector<FileId>& files) {
  if (!log_) return;
  List changed;
  changed.swap(changed_);
  has_unwritten_ = false;
  for (Consumer* consumer : changed) {
    consumer->is_changed_ = false;
    write_changes(*consumer);
    if (!consumer->needs_whole_) continue;
    has_unwritten_ = true;
    note_changed(*consumer);
  }
  log_->collect_unsynced(files);
}

void Consumers::sync_asked(SyncTicket ticket) {
  if (log_) log_->sync_asked(ticket);
}

void Consumers::on_synced(SyncTicket ticket, const FileErrors& failed) {
  if (log_) log_->on_synced(ticket, failed);
}

bool Consumers::work(uint64_t budget) {
  if (!log_ || !log_->is_open()) return false;
  if (!rewritten_) {
    if (!log_->wants_rewrite(live_size())) return false;
    log_->begin_rewrite();
    rewritten_ = "";
  }
  auto next = by_name_.upper_bound(*rewritten_);
  for (uint64_t used = 0; next != by_name_.end() && used < budget; ++next) {
    Consumer& consumer = *next->second;
    used += size_of_whole(consumer);
    rewritten_ = next->first;
    if (write_whole(consumer)) continue;
    // What counts is still in the old segments: they stay.
    rewritten_.reset();
    log_->abandon_rewrite();
    return false;
  }
  if (next != by_name_.end()) return true;
  rewritten_.reset();
  log_->end_rewrite();
  stream_.touch();
  return false;
}

uint64_t Consumers::live_size() const {
  uint64_t size = 0;
  for (const auto& [name, consumer] : by_name_) {
    if (!consumer->is_persistent()) continue;
    size += size_of_whole(*consumer);
  }
  return size;
}

void Consumers::set_listening(Consumer& consumer, bool is_listening) {
  set_member(listening_, &Consumer::listening_at_, consumer, is_listening);
}

void Consumers::set_tracking(Consumer& consumer, bool is_tracking) {
  set_member(tracking_, &Consumer::tracking_at_, consumer, is_tracking);
}

void Consumers::set_member(List& list, uint32_t Consumer::*place, Consumer& consumer,
                           bool is_member) {
  const uint32_t at = consumer.*place;
  if (is_member == (at != Consumer::kNowhere)) return;
  if (is_member) {
    consumer.*place = static_cast<uint32_t>(list.size());
    list.push_back(&consumer);
    return;
  }
  Consumer* const last = list.back();
  list[at] = last;
  last->*place = at;
  list.pop_back();
  consumer.*place = Consumer::kNowhere;
}

}  // namespace myelin
