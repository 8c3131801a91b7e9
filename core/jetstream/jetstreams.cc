#include "core/jetstream/jetstreams.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/jetstream/account_folder.h"
#include "core/jetstream/consumer.h"
#include "core/limits.h"
#include "core/pubsub/accounts.h"
#include "core/subject/subject.h"

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

JetStreams::JetStreams(Context& context, Storage& storage, MessageStore::Codec codec,
                       const JetStreamOptions& options)
    : shared_{.context = context,
              .storage = storage,
              .codec = codec,
              .options = options,
              .background = Timer(static_cast<uint8_t>(JetStreamKind::kJetStreams), this)} {
  const auto wake = [](void* owner, Account& account) {
    static_cast<JetStreams*>(owner)->attend(account);
  };
  context.account_wakers.push_back({wake, this});
}

JetStreams::~JetStreams() {
  std::erase_if(shared_.context.account_wakers,
                [this](const AccountWaker& waker) { return waker.owner == this; });
}

JetStream* JetStreams::find(std::string_view account) const {
  const auto found = all_.find(account);
  return found == all_.end() ? nullptr : found->second.get();
}

std::vector<std::string> JetStreams::accounts() const {
  std::vector<std::string> names;
  for (const auto& [name, account] : shared_.context.accounts->all()) {
    if (may_have(*account)) names.emplace_back(name);
  }
  return names;
}

Stream* JetStreams::find_stream(uint64_t number) const {
  const auto found = shared_.streams.find(number);
  return found == shared_.streams.end() ? nullptr : found->second;
}

JetStream* JetStreams::find_by_number(uint64_t number) const {
  const auto found = shared_.jetstreams.find(number);
  return found == shared_.jetstreams.end() ? nullptr : found->second;
}

// Accounts ------------------------------------------------------------------------------------

JetStreams::Refusal::Refusal(Context& of_server, Account& of)
    : context(of_server),
      account(of),
      taker{.kind = static_cast<uint8_t>(JetStreamKind::kRefusal),
            .owner = this,
            .takes = JetStream::takes_api},
      subscription(Subscription::create(taker, "$JS.API.>")) {
  INVARIANT(account.subscribe(*subscription));
}

JetStreams::Refusal::~Refusal() {
  account.unsubscribe(*subscription);
  context.mailbox.forget(taker);
}

void JetStreams::reload(const JetStreamOptions& options) {
  shared_.options = options;
  if (!is_opened_) return;
  const Status attended = attend_all();
  if (!attended.ok()) shared_.context.log.write(LogLevel::kError, attended.error().context);
}

// Whoever has files, or is in use.
Status JetStreams::attend_all() {
  let_go_of_retired();
  const Result<std::set<std::string>> stored = account_folders(shared_.storage);
  if (!stored.ok()) return stored.error();
  const Accounts& accounts = *shared_.context.accounts;
  for (const auto& [name, account] : accounts.all()) {
    const bool is_in_use = account->is_awake() || account.get() == &accounts.global();
    if (is_in_use || all_.count(name) > 0 || stored.value().count(account_folder(name)) > 0) {
      attend(*account);
    }
    awaken_exporters(*account);
  }
  return kOk;
}

void JetStreams::let_go_of_retired() {
  const Accounts& accounts = *shared_.context.accounts;
  for (auto each = all_.begin(); each != all_.end();) {
    const auto which = each++;
    if (accounts.find(which->first) != &which->second->services().account) end(which);
  }
  std::erase_if(refusals_, [&accounts](const auto& refusal) {
    return accounts.find(refusal.first) != &refusal.second->account;
  });
}

// Whoever imports from JetStream's subjects may ask for what has no client of its own.
void JetStreams::awaken_exporters(const Account& account) {
  for (const ImportOptions& import : account.options().imports) {
    if (!import.is_service || !collide(import.subject, "$JS.>")) continue;
    Account* exporter = shared_.context.accounts->find(import.account);
    if (exporter != nullptr) exporter->awaken();
  }
}

bool JetStreams::may_have(const Account& account) const {
  return account.options().jetstream && &account != shared_.context.accounts->system();
}

namespace {

bool is_promised_bytes(const Account& account) {
  const auto& tiers = account.options().jetstream->tiers;
  return std::any_of(tiers.begin(), tiers.end(), [](const auto& tier) {
    return tier.second.max_memory > 0 || tier.second.max_store > 0;
  });
}

// Requests of such an account go to another's JetStream.
bool imports_api(const Account& account) {
  const std::vector<ImportOptions>& imports = account.options().imports;
  return std::any_of(imports.begin(), imports.end(), [](const ImportOptions& import) {
    const std::string& as = import.to.empty() ? import.subject : import.to;
    return import.is_service && matches(as, "$JS.API.INFO");
  });
}

}  // namespace

void JetStreams::attend(Account& account) {
  if (!is_opened_) return;  // when it is, whoever is in use is looked at
  const auto found = all_.find(account.name());
  if (!may_have(account)) {
    if (found != all_.end()) end(found);
    return refuse(account);
  }
  if (found != all_.end()) return;
  const Status made = make(account);
  if (made.ok()) {
    refusals_.erase(account.name());
    return;
  }
  shared_.context.log.write(LogLevel::kError, "Account " + go_quote(account.name()) +
                                                  " has no JetStream: " + made.error().context);
  refuse(account);
}

void JetStreams::refuse(Account& account) {
  if (imports_api(account)) {
    refusals_.erase(account.name());
  } else if (account.is_awake() && refusals_.count(account.name()) == 0) {
    refusals_.emplace(account.name(), std::make_unique<Refusal>(shared_.context, account));
  }
}

// What accounts may have, together, the server must have.
Status JetStreams::check_promises() const {
  for (const bool is_file : {false, true}) {
    const int64_t max = is_file ? shared_.options.max_file_store : shared_.options.max_memory_store;
    uint64_t left = max < 0 ? UINT64_MAX : static_cast<uint64_t>(max);
    for (const auto& [name, account] : shared_.context.accounts->all()) {
      if (!may_have(*account)) continue;
      for (const auto& [tier, limits] : account->options().jetstream->tiers) {
        const int64_t limit = is_file ? limits.max_store : limits.max_memory;
        const auto promised = static_cast<uint64_t>(std::max<int64_t>(limit, 0));
        if (promised > left) {
          return Error{Errc::kFull,
                       nested_text(api_error(is_file ? ApiErrc::kStorageResourcesExceeded
                                                     : ApiErrc::kMemoryResourcesExceeded))};
        }
        left -= promised;
      }
    }
  }
  return kOk;
}

Status JetStreams::make(Account& account) {
  const std::string folder = account_folder(account.name());
  if (folder.size() > kAccountFolderSizeMax) return Error{Errc::kInvalid, "its name is too long"};
  if (is_recovered_ && is_promised_bytes(account)) TRY(check_promises());
  auto made = std::make_unique<JetStream>(shared_, account, folder);
  recovering_.push_back(made->services().number);
  all_.emplace(account.name(), std::move(made));
  if (is_recovered_) go_on_recovering();
  return kOk;
}

// What it has asked the disk for is no longer waited for, and no longer promised.
void JetStreams::end(ByAccount::iterator which) {
  JetStream& jetstream = *which->second;
  jetstream.write_down();
  std::vector<FileId> files;
  for (Stream* stream : shared_.touched) {
    if (&stream->services() == &jetstream.services() && stream->is_file()) {
      stream->collect_unsynced(files);
    }
  }
  jetstream.services().meta.collect_unsynced(files);
  if (!files.empty()) (void)shared_.storage.sync(files);
  all_.erase(which);
}

// Restart -------------------------------------------------------------------------------------

Result<bool> JetStreams::recover(uint64_t budget) {
  if (!std::exchange(is_opened_, true)) {
    const Status kept = check_promises();
    if (!kept.ok()) {
      return Error{kept.error().code,
                   "Error enabling jetstream on configured accounts: " + kept.error().context};
    }
    TRY(attend_all());
  }
  const Result<bool> done = recover_made(budget);
  if (!done.ok() || !done.value()) return done;
  is_recovered_ = true;
  const Instant now = shared_.context.now.mono;
  snapshot_at_ = now + kSnapshotInterval;
  shared_.context.timers.set(shared_.background, now + kBackgroundInterval);
  return true;
}

Result<bool> JetStreams::recover_made(uint64_t& budget) {
  while (!recovering_.empty()) {
    JetStream* jetstream = find_by_number(recovering_.front());
    if (jetstream != nullptr) {
      const Result<bool> done = jetstream->recover(budget);
      if (!done.ok() || !done.value()) return done;
    }
    recovering_.erase(recovering_.begin());
  }
  return true;
}

// Of an account that got its JetStream while the server was running.
void JetStreams::go_on_recovering() {
  uint64_t budget = kRecoverySlice;
  const Result<bool> done = recover_made(budget);
  if (done.ok() && done.value()) return;
  if (!done.ok()) {
    shared_.context.log.write(LogLevel::kError,
                              "JetStream cannot be recovered: " + done.error().context);
    recovering_.erase(recovering_.begin());
  }
  shared_.context.timers.set(shared_.background, shared_.context.now.mono);
}

// Turns ---------------------------------------------------------------------------------------

// What is asked of JetStream is in the subject that a message was sent to: what a consumer delivers
// there shows another one.
void JetStreams::take(const Mail& mail) {
  Mail asked = mail;
  asked.subject = mail.to;
  switch (static_cast<JetStreamKind>(mail.taker->kind)) {
    case JetStreamKind::kStream:
      return static_cast<Stream*>(mail.taker->owner)->take(mail);
    case JetStreamKind::kSnapshot:
      return static_cast<Snapshots*>(mail.taker->owner)->take(mail);
    case JetStreamKind::kRefusal:
      return refuse_api(shared_.context, static_cast<Refusal*>(mail.taker->owner)->account, asked);
    default:
      return static_cast<JetStream*>(mail.taker->owner)->take(asked);
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
  while (InterestWatch* watch = InterestWatches::take(shared_.context.noted_watches)) {
    static_cast<Consumer*>(watch->owner())->on_interest_changed();
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
  if (!recovering_.empty()) go_on_recovering();
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
  const bool is_busy = has_more || !recovering_.empty();
  shared_.context.timers.set(shared_.background, is_busy ? now : now + kBackgroundInterval);
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
