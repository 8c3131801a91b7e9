#include "core/jetstream/jetstream.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/json.h"
#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/consumer.h"
#include "core/jetstream/direct_get.h"
#include "core/jetstream/stream_config_json.h"
#include "core/limits.h"

namespace myelin {
namespace {

constexpr std::string_view kPullPrefix = "$JS.API.CONSUMER.MSG.NEXT.";
constexpr std::string_view kAckPrefix = "$JS.ACK.";
constexpr std::string_view kFlowControlPrefix = "$JS.FC.";
constexpr std::string_view kStreamsFolder = "streams/";

std::string_view take_until(std::string_view& rest, char end) {
  const size_t at = rest.find(end);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return taken;
}
std::string_view take_token(std::string_view& rest) { return take_until(rest, '.'); }

struct ConsumerName {
  std::string_view stream;
  std::string_view consumer;
};

// Behind $JS.ACK.: stream and consumer, or domain and account before them where there are more
// tokens.
ConsumerName acknowledged(std::string_view subject) {
  std::string_view rest = subject.substr(kAckPrefix.size());
  const auto tokens = std::count(rest.begin(), rest.end(), '.') + 1;
  if (tokens >= 9) {
    take_token(rest);
    take_token(rest);
  }
  const std::string_view stream = take_token(rest);
  return {stream, take_token(rest)};
}

ConsumerName behind(std::string_view subject, std::string_view prefix) {
  std::string_view rest = subject.substr(prefix.size());
  const std::string_view stream = take_token(rest);
  return {stream, take_token(rest)};
}

JetStream& owner_of(const InternalTaker& taker) { return *static_cast<JetStream*>(taker.owner); }

constexpr uint8_t kind_of(JetStreamKind kind) { return static_cast<uint8_t>(kind); }

}  // namespace

JetStream::JetStream(SharedServices& shared, Account& account, std::string folder)
    : services_(shared, account, std::move(folder)),
      api_{kind_of(JetStreamKind::kApi), this, takes_api},
      pull_{kind_of(JetStreamKind::kPull), this, takes_pull},
      direct_get_{kind_of(JetStreamKind::kDirectGet), this, takes_direct_get},
      ack_{kind_of(JetStreamKind::kAck), this, takes_ack},
      flow_control_{kind_of(JetStreamKind::kFlowControl), this, takes_flow_control} {
  shared.jetstreams.emplace(services_.number, this);
}

JetStream::~JetStream() {
  for (const Subscription::Owner& subscription : subscriptions_) {
    services_.account.unsubscribe(*subscription);
    services_.context.mailbox.forget(*subscription->taker());
  }
  services_.shared.jetstreams.erase(services_.number);
}

// What is heard -------------------------------------------------------------------------------

void JetStream::subscribe(InternalTaker& taker, std::string_view subject) {
  subscriptions_.push_back(Subscription::create(taker, subject));
  INVARIANT(services_.account.subscribe(*subscriptions_.back()));
}

// The two that have subjects of their own are somebody's only while there is somebody.
bool JetStream::takes_api(const InternalTaker&, std::string_view subject) {
  return subject.substr(0, kPullPrefix.size()) != kPullPrefix &&
         subject.substr(0, kDirectGetPrefix.size() - 1) !=
             kDirectGetPrefix.substr(0, kDirectGetPrefix.size() - 1);
}

bool JetStream::takes_pull(const InternalTaker& taker, std::string_view subject) {
  const ConsumerName name = behind(subject, kPullPrefix);
  return owner_of(taker).find_consumer(name.stream, name.consumer) != nullptr;
}

bool JetStream::takes_direct_get(const InternalTaker& taker, std::string_view subject) {
  const Stream* stream = owner_of(taker).find(behind(subject, kDirectGetPrefix).stream);
  return stream != nullptr && stream->config().allow_direct;
}

bool JetStream::takes_ack(const InternalTaker& taker, std::string_view subject) {
  const ConsumerName name = acknowledged(subject);
  const Consumer* consumer = owner_of(taker).find_consumer(name.stream, name.consumer);
  return consumer != nullptr && consumer->config().ack_policy != AckPolicy::kNone;
}

bool JetStream::takes_flow_control(const InternalTaker& taker, std::string_view subject) {
  const ConsumerName name = behind(subject, kFlowControlPrefix);
  return owner_of(taker).find_consumer(name.stream, name.consumer) != nullptr;
}

void JetStream::take(const Mail& mail) {
  switch (static_cast<JetStreamKind>(mail.taker->kind)) {
    case JetStreamKind::kAck: {
      const ConsumerName name = acknowledged(mail.subject);
      if (Consumer* consumer = find_consumer(name.stream, name.consumer)) consumer->on_ack(mail);
      return;
    }
    case JetStreamKind::kPull: {
      const ConsumerName name = behind(mail.subject, kPullPrefix);
      if (Consumer* consumer = find_consumer(name.stream, name.consumer)) consumer->on_pull(mail);
      return;
    }
    case JetStreamKind::kFlowControl: {
      const ConsumerName name = behind(mail.subject, kFlowControlPrefix);
      if (Consumer* consumer = find_consumer(name.stream, name.consumer)) {
        consumer->on_flow_control(mail);
      }
      return;
    }
    case JetStreamKind::kDirectGet:
      return answer_direct_get(*this, mail);
    case JetStreamKind::kApi:
      return answer_api(*this, mail);
    default:
      return;
  }
}

// Streams -------------------------------------------------------------------------------------

Stream* JetStream::find(std::string_view name) {
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : found->second.get();
}

Consumer* JetStream::find_consumer(std::string_view name, std::string_view consumer) {
  Stream* stream = find(name);
  return stream == nullptr ? nullptr : stream->consumers().find(consumer);
}

Status JetStream::define(const Stream& stream, const StreamConfig& config) {
  if (!stream.is_file()) return kOk;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.name("config");
  write(json, config, ServerMetadata::kHidden);
  json.field("created", rfc3339(stream.created()));
  json.field("id", stream.id());
  json.end_object();
  return services_.meta.put(std::string(kStreamEntry) + stream.name(), text);
}

Result<Stream*> JetStream::create(StreamConfig config) {
  auto stream = prepare(std::move(config), services_.now());
  if (!stream.ok()) return stream.error();
  return begin(std::move(stream.value()));
}

Result<std::unique_ptr<Stream>> JetStream::prepare(StreamConfig config, WallTime created) {
  const std::string entry = std::string(kStreamEntry) + config.name;
  if (services_.meta.entries().find(entry) != services_.meta.entries().end()) {
    return Error{Errc::kInvalid, "a stream of this name could not be recovered"};
  }
  auto stream = std::make_unique<Stream>(services_, std::move(config), created, next_stream_id_);
  TRY(stream->open());
  uint64_t budget = UINT64_MAX;
  const Result<bool> empty = stream->recover(budget);
  if (!empty.ok()) return empty.error();
  ++next_stream_id_;
  return stream;
}

Result<Stream*> JetStream::begin(std::unique_ptr<Stream> stream) {
  // Consumers of an earlier stream whose removal was cut short are not this one's.
  TRY(services_.meta.remove_all(std::string(kConsumerEntry) + stream->name() + '/'));
  Status defined = define(*stream, stream->config());
  if (defined.ok()) defined = stream->consumers().define_adopted();
  if (!defined.ok()) {
    (void)services_.meta.remove(std::string(kStreamEntry) + stream->name());
    (void)services_.meta.remove_all(std::string(kConsumerEntry) + stream->name() + '/');
    (void)stream->store().destroy();
    return defined.error();
  }
  Stream* made = stream.get();
  streams_.emplace(made->name(), std::move(stream));
  made->start();
  return made;
}

Status JetStream::update(Stream& stream, StreamConfig config) {
  TRY(define(stream, config));
  stream.update(std::move(config));
  return kOk;
}

Status JetStream::remove(Stream& stream) {
  const std::string name = stream.name();
  TRY(services_.meta.remove(std::string(kStreamEntry) + name));
  const Status forgotten = services_.meta.remove_all(std::string(kConsumerEntry) + name + '/');
  if (!forgotten.ok()) services_.context.log.write(LogLevel::kError, forgotten.error().context);
  stream.destroy();
  streams_.erase(name);
  services_.advisories.stream_action(name, "delete");
  return kOk;
}

void JetStream::count_error() {
  ++api_errors_;
  ++services_.shared.api_errors;
}

void JetStream::count_call(const Mail& mail, std::string_view response) {
  ++api_calls_;
  ++services_.shared.api_calls;
  services_.advisories.api_audit(mail.client, mail.subject, mail.payload(), response);
}

void JetStream::write_down() {
  for (const auto& [name, stream] : streams_) {
    if (is_recovered()) stream->work(UINT64_MAX, true);
  }
}

// Restart -------------------------------------------------------------------------------------

Result<bool> JetStream::recover(uint64_t& budget) {
  if (recovery_ == Recovery::kNotBegun) {
    TRY(read_definitions());
    recovery_ = Recovery::kStreams;
  }
  if (recovery_ == Recovery::kStreams) {
    if (!recover_streams(budget)) return false;
    start();
    recovery_ = Recovery::kDone;
  }
  return true;
}

Status JetStream::read_definitions() {
  TRY(services_.meta.recover());
  if (!services_.meta.lost().empty()) {
    services_.context.log.write(LogLevel::kError,
                                "JetStream's definitions are damaged: streams or consumers may be "
                                "missing, and their files are kept");
  }
  if (services_.storage.may_lack_files()) {
    services_.context.log.write(LogLevel::kError,
                                "Files of JetStream may be lost: what seems to be no stream's is "
                                "kept");
  }
  for (const auto& [name, text] : services_.meta.entries()) {
    if (name.compare(0, kStreamEntry.size(), kStreamEntry) == 0) {
      read_stream(std::string_view(name).substr(kStreamEntry.size()), text);
    }
  }
  for (const auto& [name, text] : services_.meta.entries()) {
    if (name.compare(0, kConsumerEntry.size(), kConsumerEntry) == 0) {
      read_consumer(std::string_view(name).substr(kConsumerEntry.size()), text);
    }
  }
  drop_orphans();
  for (const auto& [name, stream] : streams_) recovering_.push_back(stream.get());
  return kOk;
}

void JetStream::read_stream(std::string_view name, std::string_view definition) {
  const auto complain = [&](std::string_view why) {
    has_unread_ = true;
    services_.context.log.write(LogLevel::kError, "Stream '" + std::string(name) +
                                                      "' cannot be recovered: " + std::string(why));
  };
  const std::optional<JsonDocument> document = JsonDocument::parse(definition, kJsonDepthMax);
  if (!document) return complain("its definition is no JSON");
  const JsonView root = document->root();
  Result<StreamConfig, ApiError> config =
      read_stream_config(root.find("config"), JsonStrictness::kStrict);
  if (!config.ok()) return complain(config.error().description);
  const std::optional<uint64_t> id = root.find("id").as_uint();
  const auto created = parse_rfc3339(root.find("created").as_string().value_or(""));
  if (!id || !created || config.value().name != name) return complain("its definition is odd");
  next_stream_id_ = std::max(next_stream_id_, *id + 1);
  auto stream = std::make_unique<Stream>(services_, std::move(config.value()), *created, *id);
  streams_.emplace(std::string(name), std::move(stream));
}

void JetStream::read_consumer(std::string_view name, std::string_view definition) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return;
  Stream* stream = find(name.substr(0, slash));
  if (stream == nullptr) return;
  const Status restored = stream->consumers().restore(name.substr(slash + 1), definition);
  if (restored.ok()) return;
  services_.context.log.write(
      LogLevel::kError,
      "Consumer '" + std::string(name) + "' cannot be recovered: " + restored.error().context);
}

// Files of streams that nobody defines: their creation or removal was cut short. Where definitions
// may have been lost, or cannot be read, they stay, and so do their numbers.
void JetStream::drop_orphans() {
  const std::string folder = services_.folder + std::string(kStreamsFolder);
  const Result<std::vector<std::string>> files = services_.storage.list(folder);
  if (!files.ok()) return;
  std::set<uint64_t> known;
  for (const auto& [name, stream] : streams_) known.insert(stream->id());
  const bool is_known =
      !has_unread_ && services_.meta.lost().empty() && !services_.storage.may_lack_files();
  for (const std::string& file : files.value()) {
    std::string_view rest = std::string_view(file).substr(folder.size());
    const std::optional<uint64_t> id = parse_decimal(take_until(rest, '/'), 19);
    if (!id) continue;
    next_stream_id_ = std::max(next_stream_id_, *id + 1);
    if (known.count(*id) > 0 || !is_known) continue;
    const Status removed = services_.storage.remove(file);
    if (!removed.ok()) {
      services_.context.log.write(LogLevel::kError,
                                  file + " is no stream's: " + removed.error().context);
    }
  }
}

bool JetStream::recover_streams(uint64_t& budget) {
  while (!recovering_.empty() && budget > 0) {
    Stream* stream = recovering_.back();
    Result<bool> done = true;
    if (!stream->is_open()) {
      const Status opened = stream->open();
      if (!opened.ok()) done = opened.error();
    }
    if (done.ok()) done = stream->recover(budget);
    if (!done.ok()) {
      services_.context.log.write(
          LogLevel::kError,
          "Stream '" + stream->name() + "' cannot be recovered: " + done.error().context);
      // Its definition and its files stay for whoever can mend them.
      streams_.erase(stream->name());
      recovering_.pop_back();
      continue;
    }
    if (!done.value()) return false;
    recovering_.pop_back();
  }
  return recovering_.empty();
}

void JetStream::start() {
  subscribe(api_, "$JS.API.>");
  subscribe(pull_, "$JS.API.CONSUMER.MSG.NEXT.*.*");
  subscribe(direct_get_, "$JS.API.DIRECT.GET.>");
  subscribe(ack_, "$JS.ACK.>");
  subscribe(flow_control_, "$JS.FC.>");
  for (const auto& [name, stream] : streams_) {
    const MessageStore::LostMessages& lost = stream->store().lost();
    if (!lost.ranges.empty()) {
      services_.context.log.write(LogLevel::kError,
                                  "Stream '" + name + "' has lost messages in " +
                                      decimal(static_cast<int64_t>(lost.ranges.size())) +
                                      " places, the first at sequence " +
                                      decimal(static_cast<int64_t>(lost.ranges.front().first)));
    }
    stream->start();
  }
}

}  // namespace myelin
