#include "hosts/sim/swarm.h"

#include <set>
#include <string>
#include <utility>

#include "hosts/sim/api_answer.h"
#include "hosts/sim/broken_promise.h"
#include "hosts/sim/kv_user.h"
#include "hosts/sim/publisher.h"

namespace myelin::sim {
namespace {

constexpr const char* kLog = "LOG";
constexpr const char* kWork = "WORK";
constexpr const char* kBucket = "KV_b";
// Of the other account.
constexpr const char* kFar = "FAR";
constexpr const char* kFarUser = "far";
constexpr const char* kLogConfig =
    "\"name\":\"LOG\",\"subjects\":[\"log.*\"],\"duplicate_window\":7200000000000,"
    "\"allow_direct\":true";
constexpr const char* kFarConfig =
    "\"name\":\"FAR\",\"subjects\":[\"log.*\"],\"duplicate_window\":7200000000000,"
    "\"allow_direct\":true";
constexpr const char* kWorkConfig =
    "\"name\":\"WORK\",\"subjects\":[\"work.*\"],\"retention\":\"workqueue\","
    "\"duplicate_window\":7200000000000,\"allow_direct\":true";
constexpr const char* kBucketConfig =
    "\"name\":\"KV_b\",\"subjects\":[\"$KV.b.>\"],\"max_msgs_per_subject\":3,"
    "\"discard\":\"new\",\"deny_delete\":true,\"allow_rollup_hdrs\":true,\"allow_direct\":true";
constexpr uint64_t kStoreMax = uint64_t{1} << 30;
constexpr Duration kClosingMax = minutes(10);

AccountOptions account(const char* name) {
  AccountOptions options{.name = name};
  options.jetstream.emplace();
  return options;
}

}  // namespace

Options Swarm::options() const {
  Options options;
  options.jetstream.emplace();
  options.jetstream->max_memory_store = kStoreMax;
  options.jetstream->max_file_store = kStoreMax;
  if (!has_accounts_) return options;
  options.accounts = {account("NEAR"), account("FAR.AWAY")};
  if (!far_has_jetstream_) options.accounts.back().jetstream.reset();
  options.authorization.users = {{.user = "near", .password = "p", .account = "NEAR"},
                                 {.user = kFarUser, .password = "p", .account = "FAR.AWAY"}};
  options.authorization.no_auth_user = "near";
  return options;
}

std::string_view Swarm::user_of(std::string_view stream) const {
  return stream == kFar ? kFarUser : "";
}

// What the server logs is observable, too.
class Swarm::Diary : public Log {
 public:
  explicit Diary(Checker& checker) : checker_(checker) {}
  void write(LogLevel level, std::string_view text) override {
    checker_.digest(text);
    has_trouble_ = has_trouble_ || level >= LogLevel::kWarning;
  }
  bool has_trouble() const { return has_trouble_; }

 private:
  Checker& checker_;
  bool has_trouble_ = false;
};

Swarm::Swarm(uint64_t seed) : random_(seed), log_(std::make_unique<Diary>(checker_)) {
  draw_faults();
  make_actors();
}

Swarm::~Swarm() = default;

void Swarm::draw_faults() {
  SimStorage::Faults disk;
  disk.has_torn_writes = random_.below(4) != 0;
  disk.has_reordered_syncs = random_.below(2) == 0;
  disk_ = std::make_shared<SimStorage>(random_.next(), disk);
  if (random_.below(4) == 0) sync_failure_rate_ = 20 + random_.below(200);
  if (random_.below(3) != 0) faults_.sync_max = milliseconds(1 + random_.below(50));
  if (random_.below(2) == 0) faults_.network.delay_max = milliseconds(1 + random_.below(300));
  faults_.network.has_cuts = random_.below(2) == 0;
  if (random_.below(3) == 0) faults_.network.break_rate = 50 + random_.below(500);
  disk_fills_ = random_.below(4) == 0;
  has_rot_ = random_.below(4) == 0;
  has_accounts_ = random_.below(2) == 0;
}

void Swarm::make_actors() {
  const auto seed = [this] { return random_.next(); };
  actors_.push_back(std::make_unique<Publisher>("p1", checker_, seed(), kLog, "log"));
  actors_.push_back(std::make_unique<Publisher>("p2", checker_, seed(), kLog, "log"));
  actors_.push_back(std::make_unique<Publisher>("p3", checker_, seed(), kWork, "work"));
  actors_.push_back(std::make_unique<KvUser>("k1", checker_, seed(), "b"));
  actors_.push_back(std::make_unique<KvUser>("k2", checker_, seed(), "b"));
  const auto work = [&](const char* name, const char* stream, const char* push_subject) {
    auto worker = std::make_unique<Worker>(name, checker_, seed(), stream, name, push_subject);
    workers_.push_back(worker.get());
    actors_.push_back(std::move(worker));
  };
  work("pull", kLog, "");
  work("push", kLog, "deliver.push");
  work("queue", kWork, "");
  auto admin = std::make_unique<StreamAdmin>("admin", checker_, seed(), kLog, kLogConfig);
  admin_ = admin.get();
  actors_.push_back(std::move(admin));
  if (!has_accounts_) return;
  const size_t near = actors_.size();
  actors_.push_back(std::make_unique<Publisher>("p4", checker_, seed(), kFar, "log"));
  work("far", kFar, "");
  for (size_t i = near; i < actors_.size(); ++i) actors_[i]->log_in_as(kFarUser);
}

uint32_t Swarm::run() {
  begin_life();
  make_streams();
  const uint64_t lives = 1 + random_.below(4);
  for (uint64_t life = 0; life < lives; ++life) {
    live();
    end_life();
    if (has_rot_ && life + 1 == lives) {
      look_at_rot();
      return checker_.hash();
    }
    begin_life();
    inspect(false);
  }
  close();
  return checker_.hash();
}

void Swarm::make_streams() {
  const auto make = [&](const std::string& stream, const std::string& config) {
    Inspector inspector(*world_, user_of(stream));
    inspector.ask_well("$JS.API.STREAM.CREATE." + stream, "{" + config + "}");
  };
  make(kLog, kLogConfig);
  make(kWork, kWorkConfig);
  make(kBucket, kBucketConfig);
  if (has_accounts_) make(kFar, kFarConfig);
  for (const Worker* worker : workers_) {
    std::string config = "\"durable_name\":\"" + worker->consumer() +
                         "\",\"ack_policy\":\"explicit\",\"ack_wait\":5000000000";
    if (worker->consumer() == "push") config += ",\"deliver_subject\":\"deliver.push\"";
    Inspector inspector(*world_, user_of(worker->stream()));
    inspector.ask_well(
        "$JS.API.CONSUMER.DURABLE.CREATE." + worker->stream() + "." + worker->consumer(),
        "{\"stream_name\":\"" + worker->stream() + "\",\"config\":{" + config + "}}");
  }
}

void Swarm::begin_life() {
  far_has_jetstream_ = true;
  // Without keys, which not every host lends: the INFO that shows one is longer, and is cut
  // elsewhere.
  Codecs lent = codecs();
  lent.keys = {};
  world_ = std::make_unique<World>(options(), *log_, random_.next(), disk_, now_, lent);
  for (const auto& actor : actors_) actor->begin(*world_);
}

void Swarm::live() {
  disk_->set_sync_failure_rate(sync_failure_rate_);
  world_->set_faults(faults_);
  live_on(50 + random_.below(600), false);
}

void Swarm::live_on(uint64_t deeds, bool is_closing) {
  for (uint64_t i = 0; i < deeds; ++i) {
    actors_[static_cast<size_t>(random_.below(actors_.size()))]->act(is_closing);
    if (disk_fills_ && !is_closing && random_.below(50) == 0) trouble_the_disk();
    if (has_accounts_ && !is_closing && random_.below(60) == 0) {
      let_far_have_jetstream(!far_has_jetstream_);
    }
    const bool is_long = random_.below(100) == 0;
    const Duration pause =
        is_long ? milliseconds(random_.below(6000)) : Duration(random_.below(10'000'000));
    const Instant end = world_->now().mono + pause;
    while (world_->step(end)) {
    }
  }
}

void Swarm::let_far_have_jetstream(bool has_it) {
  if (std::exchange(far_has_jetstream_, has_it) != has_it) world_->reload(options());
}

void Swarm::trouble_the_disk() {
  const bool is_full = random_.below(2) == 0;
  disk_->set_capacity(is_full ? disk_->used() + random_.below(4000) : UINT64_MAX / 2);
}

void Swarm::calm() {
  disk_->set_sync_failure_rate(0);
  disk_->set_capacity(UINT64_MAX / 2);
  world_->set_faults({});
}

// Power cut, kill, or an orderly stop; after a sync that failed nobody knows what the disk holds,
// and only a power cut settles it.
void Swarm::end_life() {
  const bool has_failed = !disk_->failed_names().empty();
  const uint64_t end = has_failed || has_rot_ ? 0 : random_.below(4);
  if (random_.below(2) == 0) let_far_have_jetstream(true);
  if (end > 0 && random_.below(2) == 0) live_on(5, true);
  if (has_failed) probe_failed_files();
  for (const auto& actor : actors_) actor->end();
  if (end == 1) {
    world_->shut_down();
  } else {
    world_->crash();
  }
  now_ = world_->now();
  world_.reset();
  if (end != 1 && end != 2) disk_->crash();
  disk_->set_sync_failure_rate(0);
  disk_->set_capacity(UINT64_MAX / 2);
  const Duration pause = milliseconds(random_.below(10'000));
  now_.mono = now_.mono + pause;
  now_.wall.unix_ns += pause.count();
}

// A failed sync takes the streams of the failed files offline, and no others.
void Swarm::probe_failed_files() {
  calm();
  let_far_have_jetstream(true);
  std::set<std::string> folders;
  for (const std::string& name : disk_->failed_names()) {
    static constexpr std::string_view kStreams = "streams/";
    const size_t at = name.find(kStreams);
    if (at == std::string::npos) return;
    folders.insert(name.substr(0, name.find('/', at + kStreams.size())));
  }
  std::vector<std::pair<std::string, std::string>> probes = {{kLog, "log.0"}, {kWork, "work.0"}};
  if (has_accounts_) probes.emplace_back(kFar, "log.0");
  size_t refused = 0;
  for (const auto& [stream, subject] : probes) {
    Inspector inspector(*world_, user_of(stream));
    const std::string id = "probe-" + std::to_string(++probes_);
    checker_.sent(stream, id, subject, id + " ");
    const ApiAnswer answer =
        read_answer(inspector.ask(subject, id + " ", "Nats-Msg-Id: " + id + "\r\n").payload);
    if (answer.is_ok) checker_.acked(stream, id, answer.seq);
    if (!answer.is_ok) ++refused;
  }
  if (refused <= folders.size()) return;
  throw BrokenPromise("13: a failed sync takes only the streams of the failed files offline",
                      std::to_string(refused) + " streams refuse, files of " +
                          std::to_string(folders.size()) + " failed");
}

// Nothing goes wrong any more: what is open is finished.
void Swarm::close() {
  calm();
  let_far_have_jetstream(true);
  const Instant end = world_->now().mono + kClosingMax;
  const auto is_drained = [&] {
    for (const Worker* worker : workers_) {
      Inspector inspector(*world_, user_of(worker->stream()));
      if (!inspector.is_drained(worker->stream(), worker->consumer())) return false;
    }
    return true;
  };
  do {
    live_on(200, true);
    if (world_->now().mono > end) {
      throw BrokenPromise("7: a consumer passes over no message", "it does not come to its end");
    }
  } while (!is_drained());
  inspect(false);
  for (const Worker* worker : workers_) {
    const auto found = Inspector(*world_, user_of(worker->stream())).read_stream(worker->stream());
    if (!found) throw BrokenPromise("1: an acknowledged stream is there", worker->stream());
    const bool is_queue = worker->stream() == kWork;
    checker_.drained(worker->stream(), worker->consumer(),
                     is_queue ? Checker::Kind::kWorkQueue : Checker::Kind::kLimits, *found);
  }
}

void Swarm::inspect(bool is_rotten) {
  using Kind = Checker::Kind;
  std::vector<std::pair<std::string, Kind>> streams = {
      {kLog, Kind::kLimits}, {kWork, Kind::kWorkQueue}, {kBucket, Kind::kKeys}};
  if (has_accounts_) streams.emplace_back(kFar, Kind::kLimits);
  for (const auto& [stream, kind] : streams) {
    Inspector inspector(*world_, user_of(stream));
    const auto found = inspector.read_stream(stream, is_rotten);
    if (found) {
      checker_.found(stream, kind, *found, is_rotten);
    } else if (!is_rotten || !log_->has_trouble()) {
      throw BrokenPromise("1: an acknowledged stream is there", stream);
    }
  }
  if (!is_rotten) inspect_admin();
}

void Swarm::inspect_admin() {
  Inspector inspector(*world_);
  const uint64_t description = inspector.description(kLog);
  const bool has_other = inspector.has_stream(StreamAdmin::kOtherStream);
  if (!admin_->description().allows(description)) {
    throw BrokenPromise("1: an acknowledged update is there",
                        "the description is " + std::to_string(description));
  }
  if (!admin_->other_stream().allows(has_other)) {
    throw BrokenPromise("1: an acknowledged creation or deletion lasts",
                        has_other ? "a deleted stream is there" : "a stream is not there");
  }
  admin_->settle(description, has_other);
}

void Swarm::look_at_rot() {
  const uint64_t flips = 1 + random_.below(3);
  for (uint64_t i = 0; i < flips; ++i) {
    if (const auto rot = disk_->rot()) checker_.digest(rot->name);
  }
  begin_life();
  inspect(true);
}

}  // namespace myelin::sim
