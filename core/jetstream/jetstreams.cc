#include "core/jetstream/jetstreams.h"

#include <algorithm>
#include <utility>

#include "core/base/json.h"
#include "core/jetstream/consumer.h"

namespace myelin {
namespace {

// How often consumers deliver in one turn before the others have theirs.
constexpr size_t kSettleRounds = 4;
constexpr Duration kBackgroundInterval = milliseconds(250);
constexpr Duration kSnapshotInterval = minutes(2);
// A slice of background work: so many bytes, of so many streams at most.
constexpr uint64_t kBackgroundBudget = 4 * 1024 * 1024;
constexpr size_t kUpkeepStreams = 64;

}  // namespace

JetStreams::JetStreams(Context& context, Account& global, Storage& storage,
                       MessageStore::Codec codec, const JetStreamOptions& options)
    : shared_{.context = context,
              .storage = storage,
              .codec = codec,
              .options = options,
              .background = Timer(static_cast<uint8_t>(JetStreamKind::kJetStreams), this)} {
  all_.emplace(global.name(), std::make_unique<JetStream>(shared_, global, ""));
}

JetStreams::~JetStreams() = default;

JetStream* JetStreams::find(std::string_view account) const {
  const auto found = all_.find(account);
  return found == all_.end() ? nullptr : found->second.get();
}

Stream* JetStreams::find_stream(uint64_t number) const {
  const auto found = shared_.streams.find(number);
  return found == shared_.streams.end() ? nullptr : found->second;
}

JetStream* JetStreams::find_by_number(uint64_t number) const {
  const auto found = shared_.jetstreams.find(number);
  return found == shared_.jetstreams.end() ? nullptr : found->second;
}

Result<bool> JetStreams::recover(uint64_t budget) {
  for (const auto& [account, jetstream] : all_) {
    const Result<bool> done = jetstream->recover(budget);
    if (!done.ok() || !done.value()) return done;
  }
  is_recovered_ = true;
  const Instant now = shared_.context.now.mono;
  snapshot_at_ = now + kSnapshotInterval;
  shared_.context.timers.set(shared_.background, now + kBackgroundInterval);
  return true;
}

// Turns ---------------------------------------------------------------------------------------

void JetStreams::take(const Mail& mail) {
  switch (static_cast<JetStreamKind>(mail.taker->kind)) {
    case JetStreamKind::kStream:
      return static_cast<Stream*>(mail.taker->owner)->take(mail);
    case JetStreamKind::kSnapshot:
      return static_cast<Snapshots*>(mail.taker->owner)->take(mail);
    default:
      return static_cast<JetStream*>(mail.taker->owner)->take(mail);
  }
}

void JetStreams::on_timer(const Timer& timer) {
  switch (static_cast<JetStreamKind>(timer.kind())) {
    case JetStreamKind::kStream:
      return static_cast<Stream*>(timer.owner())->on_timer();
    case JetStreamKind::kConsumer:
      return static_cast<Consumer*>(timer.owner())->on_timer(timer);
    case JetStreamKind::kSnapshot:
      return static_cast<Snapshots*>(timer.owner())->on_timer(timer);
    default:
      return on_background_timer();
  }
}

void JetStreams::settle() {
  for (const auto& [account, jetstream] : all_) {
    InterestWatches& watches = jetstream->services().account.watches();
    while (InterestWatch* watch = watches.take_noted()) {
      static_cast<Consumer*>(watch->owner())->on_interest_changed();
    }
  }
  std::deque<Consumer*>& ready = shared_.ready;
  for (size_t left = kSettleRounds * ready.size(); left > 0 && !ready.empty(); --left) {
    Consumer* consumer = ready.front();
    ready.pop_front();
    consumer->pump();
  }
}

void JetStreams::commit() {
  if (!is_recovered_ || under_way_) return;
  if (shared_.gate.has_held()) sync_touched();
}

void JetStreams::sync_touched() {
  std::vector<FileId> files;
  std::vector<Stream*> streams;
  for (Stream* stream : std::exchange(shared_.touched, {})) {
    if (stream->is_file()) {
      stream->collect_unsynced(files);
      streams.push_back(stream);
    } else {
      stream->sync_in_memory();  // memory keeps nothing: it has its sync at once
    }
  }
  std::vector<MetaLog*> changed;
  syncing_definitions_ = std::exchange(shared_.changed, {});
  for (const uint64_t number : syncing_definitions_) {
    if (JetStream* jetstream = find_by_number(number)) {
      changed.push_back(&jetstream->services().meta);
      changed.back()->collect_unsynced(files);
    }
  }
  const SyncTicket ticket = shared_.storage.sync(files);
  syncing_.clear();
  for (Stream* stream : streams) {
    stream->sync_asked(ticket);
    syncing_.push_back(stream->number());
  }
  for (MetaLog* meta : changed) meta->sync_asked(ticket);
  shared_.gate.close(ticket);
  under_way_ = ticket;
  sync_asked_ = shared_.context.now.mono;
}

void JetStreams::synced(SyncTicket ticket, const FileErrors& failed) {
  if (!under_way_ || !(*under_way_ == ticket)) return;
  under_way_.reset();
  record(sync_latency_, sync_asked_);
  has_failed_ = has_failed_ || !failed.empty();
  for (const uint64_t number : std::exchange(syncing_definitions_, {})) {
    JetStream* jetstream = find_by_number(number);
    if (jetstream == nullptr) continue;
    MetaLog& meta = jetstream->services().meta;
    meta.on_synced(ticket, failed);
    has_failed_ = has_failed_ || meta.offline().has_value();
  }
  for (const uint64_t number : std::exchange(syncing_, {})) {
    Stream* stream = find_stream(number);
    if (stream == nullptr) continue;
    stream->on_synced(ticket, failed);
    // A store that could not write down what it promised named no files to be synced.
    has_failed_ = has_failed_ || stream->is_offline();
  }
  shared_.gate.open(ticket, [this](const AckGate::Rests& on, std::string_view reply,
                                   std::string_view answer) { deliver(on, reply, answer); });
  answer_erasures();
  if (upkeep_waits_) shared_.context.timers.set(shared_.background, shared_.context.now.mono);
}

// What rested on files that failed says so. Where there is nothing to say, nothing is said, and its
// client will ask again.
void JetStreams::deliver(const AckGate::Rests& on, std::string_view reply,
                         std::string_view answer) {
  JetStream* jetstream = find_by_number(on.jetstream);
  if (jetstream == nullptr) return;
  if (on.definitions) record(shared_.api_latency, on.asked);
  const std::optional<std::string> instead = failure_of(on, *jetstream);
  if (instead && answer.empty()) return;
  jetstream->services().account.send(shared_.context,
                                     {.to = reply, .content = instead ? *instead : answer});
}

// A stream's publishers hear of its own files alone; what is defined rests on the meta log too.
std::optional<std::string> JetStreams::failure_of(const AckGate::Rests& on,
                                                  const JetStream& whose) {
  if (!has_failed_ && !on.positions) return std::nullopt;
  Stream* stream = find_stream(on.stream);
  if (on.positions && stream != nullptr && stream->consumers().has_unwritten()) return "";
  if (stream != nullptr && stream->is_offline()) return stream->failure_answer();
  const std::optional<Error>& offline = whose.services().meta.offline();
  if (!on.definitions || !offline) return std::nullopt;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("error");
  write(json, api_error(ApiErrc::kStreamStoreFailed, offline->context));
  json.end_object();
  return text;
}

void JetStreams::record(Latency& latency, Instant since) const {
  const Duration span = shared_.context.now.mono - since;
  latency.record(static_cast<uint64_t>(std::max<int64_t>(span.count(), 0)));
}

// Beside --------------------------------------------------------------------------------------

void JetStreams::answer_erasures() {
  std::erase_if(shared_.erasures, [this](const AwaitedErasure& awaited) {
    Stream* stream = find_stream(awaited.stream);
    if (stream != nullptr && stream->store().erased() < awaited.erasure) return false;
    record(shared_.api_latency, awaited.asked);
    JetStream* jetstream = find_by_number(awaited.jetstream);
    if (jetstream == nullptr) return true;
    jetstream->services().account.send(shared_.context,
                                       {.to = awaited.reply, .content = awaited.answer});
    return true;
  });
}

// Compaction, erasures, snapshots of the index, and syncs that nobody waits for. What goes in steps
// from sync to sync has each one as soon as the last is reported: segments must leave the disk as
// fast as publishers fill it.
void JetStreams::on_background_timer() {
  const Instant now = shared_.context.now.mono;
  if (now >= snapshot_at_) {
    snapshot_at_ = now + kSnapshotInterval;
    snapshots_left_ = shared_.streams.size();
  }
  const bool has_more = keep_up() || snapshots_left_ > 0;
  answer_erasures();
  const Duration lazy =
      shared_.options.sync_always ? kBackgroundInterval : shared_.options.sync_interval;
  if (!under_way_ && (upkeep_waits_ || now >= lazy_sync_at_) &&
      (!shared_.touched.empty() || !shared_.changed.empty())) {
    lazy_sync_at_ = now + lazy;
    sync_touched();
  }
  shared_.context.timers.set(shared_.background, has_more ? now : now + kBackgroundInterval);
}

// A few streams a turn, in a round: true if one of them has more to do at once.
bool JetStreams::keep_up() {
  bool has_more = false;
  upkeep_waits_ = false;
  const auto& streams = shared_.streams;
  const size_t count = std::min(streams.size(), kUpkeepStreams);
  auto at = streams.upper_bound(upkept_);
  for (size_t done = 0; done < count; ++done, ++at) {
    if (at == streams.end()) at = streams.begin();
    Stream& stream = *at->second;
    has_more = stream.work(kBackgroundBudget / count, snapshots_left_ > 0) || has_more;
    if (snapshots_left_ > 0) --snapshots_left_;
    upkeep_waits_ = upkeep_waits_ || (stream.store().wants_sync() && !stream.is_offline());
    upkept_ = at->first;
  }
  return has_more;
}

void JetStreams::shut_down() {
  for (const auto& [number, stream] : shared_.streams) {
    stream->consumers().shut_down();
    stream->work(UINT64_MAX, true);
  }
  flush();
}

bool JetStreams::flush() {
  if (under_way_) return true;
  for (const auto& [number, stream] : shared_.streams) stream->work(UINT64_MAX, false);
  if (shared_.touched.empty() && shared_.changed.empty()) return false;
  sync_touched();
  return true;
}

}  // namespace myelin
