// Consumer: one reader of a stream: which messages it asks for, how far it has come, what waits for
// an acknowledgement, and to whom it delivers.
//
//     mail (ack, pull, flow control)  timers  interest  released messages
//                  \                    |        |        /
//                   +------------- wake() once -----------+
//                                       |
//                            pump(): redeliveries first, then what comes next,
//                            as long as somebody takes it and max_ack_pending allows
//
// It costs nothing while nobody asks it for anything: it is told of new messages only while it
// waits for some. It never delivers what its stream has not released, and keeps no copy of a
// message. How far it came is in ConsumerState; what of that must survive a restart it notes for
// Consumers, which writes it down.
//
// Its parts: consumer.cc begins, changes and ends it; consumer_delivery.cc pumps;
// consumer_acks.cc, consumer_pulls.cc and consumer_push.cc hear its clients; consumer_info.cc
// tells.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/timers.h"
#include "core/jetstream/ack_subject.h"
#include "core/jetstream/api_error.h"
#include "core/jetstream/consumer_config.h"
#include "core/jetstream/consumer_positions.h"
#include "core/jetstream/consumer_state.h"
#include "core/jetstream/flow_control.h"
#include "core/jetstream/message_store.h"
#include "core/jetstream/pull_queue.h"
#include "core/jetstream/rate_limit.h"
#include "core/jetstream/subject_filter.h"
#include "core/pubsub/interest.h"
#include "core/pubsub/mailbox.h"

namespace myelin {

class Consumers;
class Stream;
struct Services;

class Consumer {
 public:
  struct Identity {
    std::string name;
    WallTime created;
    uint64_t id = 0;  // random: of its positions in the log
  };
  Consumer(Stream& stream, Consumers& consumers, Identity identity, ConsumerConfig config);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  const std::string& name() const { return name_; }
  const ConsumerConfig& config() const { return config_; }
  const SubjectFilter& filter() const { return filter_; }
  const ConsumerState& state() const { return positions_.state; }
  WallTime created() const { return created_; }
  uint64_t id() const { return id_; }
  bool is_paused() const;
  // Whether somebody listens where it pushes to.
  bool is_push_active() const { return push_ != nullptr && push_->is_active; }
  // Whether it survives a restart.
  bool is_persistent() const { return is_persistent_; }

  // A new one: where its config says that it starts.
  void begin();
  // One found at a restart: where it stood.
  void restore(ConsumerPositions positions) { positions_ = std::move(positions); }
  ConsumerPositions& positions() { return positions_; }
  // Its stream is whole: timers and interest begin.
  void start(bool is_restored);
  // To a config that was checked (consumer_update.h).
  void update(ConsumerConfig config);
  // Nobody is delivered to any more; who waits hears `status`.
  void end(std::string_view status, bool tells_what_is_left);

  // Mail for it: an acknowledgement ($JS.ACK), a pull request, a flow control answer.
  void on_ack(const Mail& mail);
  void on_pull(const Mail& mail);
  void on_flow_control(const Mail& mail);
  void on_timer(const Timer& timer);
  void on_interest_changed();

  // Puts it on Services::ready, once.
  void wake();
  // Delivers what it may, a bounded number; wakes itself again if there is more. At a turn's end.
  void pump();

  // What the stream tells it: one message is gone; any number are.
  void on_removed(uint64_t sequence);
  void on_purged();
  // Whether it asks for this message and is not done with it.
  bool is_needed(uint64_t sequence, std::string_view subject) const;
  bool wants(std::string_view subject) const { return filter_.matches(subject); }

  // Until then it delivers nothing; absent: it goes on.
  void pause(std::optional<WallTime> until);
  // Begins again at `sequence`, or (0) behind the ack floor. Answers where.
  Result<uint64_t, ApiError> reset(uint64_t sequence);
  // Whoever is pinned is pinned no more.
  void unpin(std::string_view group);

  // Messages that wait to be delivered; requests that wait for messages.
  uint64_t count_pending();
  // Whether it need not count for that: in a large stream counting takes long.
  bool knows_pending();
  size_t waiting_count() const { return pulls_.size(); }

  // The fields of ConsumerInfo, inside an object that is open.
  struct InfoWish {
    ServerMetadata metadata = ServerMetadata::kShown;
    bool config = true;
  };
  void write_info(JsonWriter& json, const InfoWish& wish);

  // What happened since it was last taken down, for the log of positions.
  PositionChanges& changes() { return changes_; }
  std::string encode() const;

 private:
  friend class Consumers;

  enum class Outcome : uint8_t {
    kFound,  // a message that is due
    kDelivered,
    kNothing,     // the end of what is released
    kFull,        // max_ack_pending
    kNobody,      // no request waits that it could serve, or nobody listens
    kLater,       // the rate limit or the replay asks to wait
    kPassedOver,  // looked at, and not to be delivered
  };
  // A message about to go out.
  struct Delivery {
    StoredMessage message;
    ConsumerState::Pending* again = nullptr;  // delivered before
    uint64_t deliveries = 1;
  };
  // The same, as its taker sees it.
  struct Outgoing {
    std::string_view subject;
    std::string_view ack_subject;
    std::string_view content;  // headers, then payload
    size_t header_size = 0;

    int64_t size() const {
      return static_cast<int64_t>(subject.size() + ack_subject.size() + content.size());
    }
  };
  struct Push {
    Push(uint8_t kind, void* owner) : watch(kind, owner) {}
    InterestWatch watch;
    bool is_active = false;
    std::optional<FlowControl> flow;
    Instant heartbeat_due = kNever;
  };
  // Deliveries that have to wait: replay_policy original, rate_limit_bps.
  struct Pace {
    std::optional<RateLimit> rate;
    uint64_t replay_upto = 0;          // 0: instant
    std::optional<WallTime> replayed;  // the time of the message delivered last
    uint64_t held_sequence = 0;        // of the replay's: goes out then
    Instant held_until;
    Instant due = kNever;  // when to try again
  };
  struct Pin {
    std::string id;
    WallTime since;
    Instant due;
  };

  Services& services() const;
  Now now() const;
  MessageStore& store() const;
  bool is_push() const { return push_ != nullptr; }

  // consumer.cc
  void settle_inactive_threshold();
  void set_pace();
  uint64_t start_sequence() const;
  void collect_last_per_subject();
  void set_timer();
  void settle_membership();
  void note_change();
  void settle_pause();
  void on_pause_due();
  bool on_inactive();
  bool is_active_pull();
  Duration ack_wait(uint32_t deliveries) const;

  // consumer_delivery.cc
  bool may_deliver() const;
  Outcome deliver_next();
  Outcome next_redelivery(Delivery& to);
  Outcome next_new(Delivery& to);
  Outcome send(Delivery& delivery);
  Outcome push(Delivery& delivery, const Outgoing& outgoing);
  Outcome answer_pull(Delivery& delivery, const Outgoing& outgoing);
  uint32_t send_to(std::string_view to, const Outgoing& outgoing);
  bool must_wait(const Delivery& delivery, int64_t size);
  void track(Delivery& delivery, int64_t size);
  void pass_last_sequence();
  bool has_redeliveries();
  bool has_pending_count();
  uint64_t count_last_sequences();
  void after_pump(Outcome outcome);

  // consumer_acks.cc
  void ack(const AckSubject& subject, bool samples);
  void ack_one(uint64_t sequence);
  void ack_all(const ConsumerState::Position& upto);
  void nak(const AckSubject& subject, std::string_view argument);
  void progress(uint64_t sequence);
  void terminate(const AckSubject& subject, std::string_view reason);
  void sample(const AckSubject& subject);
  void queue_redelivery(ConsumerState::Pending& pending);
  void expire_pending();
  bool has_used_up_deliveries(const ConsumerState::Pending& pending) const;
  void give_up(const ConsumerState::Pending& pending);
  void drop_gone(uint64_t sequence);

  // consumer_pulls.cc
  void request(std::string_view reply, std::string_view body);
  bool refuse_no_wait(std::string_view reply, const PullRequest& request);
  std::optional<std::string> check_pin(const PullRequest& request);
  WaitingPull* next_waiting(int64_t size);
  enum class Turn : uint8_t { kServed, kPassed, kRefused };
  Turn judge_pin(WaitingPull& pull, bool& is_pinned_now);
  bool is_below_overflow(const WaitingPull& pull);
  void end_front(std::string_view status);
  void serve_front(int64_t size);
  uint64_t visit_waiting(bool is_at_end);
  void send_status(std::string_view reply, std::string_view block);
  void send_heartbeat(std::string_view to);
  void set_pin(WaitingPull& pull);
  void on_pin_timeout();

  // consumer_push.cc
  void begin_push();
  void watch_interest();
  void send_flow_control_request();
  void beat();

  Stream& stream_;
  Consumers& consumers_;
  std::string name_;
  ConsumerConfig config_;
  SubjectFilter filter_;
  WallTime created_;
  uint64_t id_;
  bool is_persistent_ = false;
  bool is_woken_ = false;
  bool is_ended_ = false;
  bool needs_whole_ = false;  // the log lacks some of its changes
  bool is_changed_ = false;   // on Consumers' list of those with changes
  int8_t sample_percent_ = 0;
  std::string ack_prefix_;

  ConsumerPositions positions_;
  std::vector<uint64_t> redeliveries_;  // sequences; those not queued any more are passed over
  size_t redeliveries_front_ = 0;
  uint64_t queued_count_ = 0;
  // last_per_subject: those still to be delivered, from the front on.
  std::vector<uint64_t> last_sequences_;
  size_t last_sequences_front_ = 0;
  PositionChanges changes_;
  uint64_t sent_bytes_ = 0;

  // How many messages wait to be delivered: right up to `upto`, as things were at `removals`.
  struct PendingCount {
    uint64_t count = 0;
    uint64_t upto = 0;
    uint64_t removals = 0;
    bool is_known = false;
  };
  PendingCount pending_count_;

  PullQueue pulls_;
  std::unique_ptr<Push> push_;
  std::unique_ptr<Pace> pace_;
  std::unique_ptr<Pin> pin_;

  // One timer for all; each may be early, never late.
  Timer timer_;
  Instant ack_due_ = kNever;
  Instant pull_due_ = kNever;
  Instant inactive_due_ = kNever;
  Instant pause_due_ = kNever;
  Instant pulls_visited_{INT64_MIN};
  Instant last_active_{0};  // of a pull consumer: a request, or a delivery
  Instant timer_at_ = kNever;
  Duration inactive_threshold_{0};
  std::optional<WallTime> last_delivered_;
  std::optional<WallTime> last_acked_;

  // Places in Consumers' lists of those that want to be told; kNowhere: not there.
  static constexpr uint32_t kNowhere = UINT32_MAX;
  uint32_t listening_at_ = kNowhere;
  uint32_t tracking_at_ = kNowhere;
};

}  // namespace myelin
