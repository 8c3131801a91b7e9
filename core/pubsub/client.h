// Client: one connection of the client protocol, from INFO to its end. A state machine: bytes,
// times and answers in, operations on its Account and bytes in its Outbound out.
//
//     kOpening --secured--> kHandshake --CONNECT--> kVerifying --answers--> kReady --fault-->
//     kClosing
//                                  |                                            ^
//                                  +------ no authentication wanted ------------+
//
// It never calls the host, never waits and never deletes itself: closing is noted in the Context,
// and the Server buries it at the end of the turn.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/auth/authenticator.h"
#include "core/auth/decision.h"
#include "core/auth/open_replies.h"
#include "core/auth/user_admission.h"
#include "core/base/json.h"
#include "core/base/peer_credentials.h"
#include "core/base/result.h"
#include "core/base/timers.h"
#include "core/base/tls_facts.h"
#include "core/identity/claims.h"
#include "core/protocol/handshake.h"
#include "core/protocol/parser.h"
#include "core/pubsub/account.h"
#include "core/pubsub/client_facts.h"
#include "core/pubsub/context.h"
#include "core/pubsub/outbound.h"
#include "core/pubsub/subscription.h"
#include "core/pubsub/traffic.h"

namespace myelin {

struct CalloutTerms;

// What came with a WebSocket; see Peer in core/server.h.
struct WebSocketPeer {
  std::string forwarded_for;
  PeerCredentials cookies;
};

// How a link was opened; see Peer in core/server.h.
struct ClientPeer {
  std::string address;
  uint16_t port = 0;
  bool waits_for_tls_first = false;
  bool starts_tls_after_info = false;
  bool awaits_proxy_header = false;
  uint8_t connection = kStandardConnection;  // how it came, a bit of UserOptions
  std::string nonce;
  std::unique_ptr<WebSocketPeer> websocket;
};

// A client's place among those of its account.
struct AccountMember {
  Client* previous = nullptr;
  Client* next = nullptr;
};

// What an authorization service said.
struct CalloutAnswer {
  AuthorizationResponseClaims response;
  UserClaims user;
};

// A log-in that waits for answers.
struct PendingLogin {
  // kService: what the authorization service says; kAnswer: whether it really said so; kJwt: whose
  // the JWT is, in operator mode, and what account; kPlace: what the account is that the service
  // lets into.
  enum class Question : uint8_t { kProxy, kSecret, kService, kAnswer, kJwt, kPlace };
  Question question{};
  Decision decision;  // kSecret: what is done where it is good

  uint64_t asked = 0;        // the service; 0: it is not
  std::string user_nkey;     // whom its answer is for
  bool needs_proxy = false;  // whoever it is was to come by one
  bool is_sealed = false;    // the answer was
  std::unique_ptr<User>
      guest;  // operator mode: who asks to be let in, whose account's service judges
  std::unique_ptr<CalloutAnswer> answer;
};

// That it was not let in, for whom that concerns.
struct Refusal {
  std::string account;
  std::string reason;
};

// Somebody whom claims have made, for this connection alone.
struct PersonalUser {
  PersonalUser(std::unique_ptr<User> whom, uint8_t timer_kind, Client* client)
      : user(std::move(whom)), expiry_timer(timer_kind, client) {}

  std::unique_ptr<User> user;
  Timer expiry_timer;
};

class Client {
 public:
  // It is in the global account until it has said who it is.
  Client(Context& context, uint64_t id, ClientPeer peer);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  uint64_t id() const { return id_; }
  Account& account() const { return *account_; }
  AccountMember& membership() { return membership_; }
  // Since it was opened.
  Traffic traffic() const {
    return {
        .in_msgs = in_msgs_, .in_bytes = in_bytes_, .out_msgs = out_msgs_, .out_bytes = out_bytes_};
  }

  // Sends INFO, or waits for TLS to come first.
  void open();
  // The proxy's header is read; see Server.
  void introduce(std::string address, uint16_t port);
  bool begin_tls();
  void secured(TlsFacts facts);
  // What the log says of it; the link is about to end.
  void tls_failed(std::string_view why, bool is_probe);
  void proxy_header_failed(std::string_view why);
  void reading_failed(std::string_view why);
  // Of a link under TLS, else nullptr.
  const TlsFacts* tls() const { return tls_.get(); }
  // Works off `input` until somebody has mail, which must be taken before the rest: returns it.
  std::string_view receive(std::string_view input);
  // What came while it was being verified, to be received now that it is not.
  std::string take_held_input();
  void on_timer(const Timer& timer);
  // The answer to what the host was asked about its log-in; a stale one is ignored.
  void verified(uint64_t verification, const Result<std::string>& answer);
  // What the authorization service says of it.
  void callout_answered(uint64_t number, std::string_view payload);
  // In operator mode: the account it wants into is known, or cannot be had.
  void account_settled();
  // The account it is in claims something else than before.
  void account_changed(const ClaimedAccount& before, const ClaimedAccount& now);
  // The kernel took so many bytes of output.
  void written(uint64_t size);

  // Queues the fault's -ERR, if it has one, and closes if it says so.
  void fail(Fault fault);
  // The same, and the log hears of it.
  void exceed(Fault fault);
  // Ends the connection; what is queued is still handed out unless `discards_output`.
  void close(CloseReason reason, bool discards_output = false);
  bool is_closing() const { return state_ == State::kClosing; }
  bool is_observer() const { return connect_ && connect_->observer; }
  // The host says that the link is gone: nothing more is handed out.
  void link_ended(CloseReason reason);
  // Removes its subscriptions, as many as `allowance` has left; true once there is none. Called
  // when it is buried, until true.
  bool withdraw(uint32_t& allowance);

  // Whether this connection took the message. `ended` is set when the subscription reached its
  // maximum.
  bool deliver(Subscription& subscription, const Message& message, bool& ended);
  // The same of a message that is traced.
  bool deliver_traced(Subscription& subscription, const Message& message, bool& ended);
  // Nobody took what it published to `subject`: it is told, if it listens to `reply`.
  void send_no_responders(std::string_view subject, std::string_view reply);
  // Removes one of its own subscriptions, or that whose shadow it is.
  void end(Subscription& subscription);

  // Fetches what deliver() will touch; nullptr is nobody, beside whom no pointer may point.
  static void prepare(const Client* client) {
    const auto at = reinterpret_cast<uintptr_t>(client);
    __builtin_prefetch(reinterpret_cast<const char*>(at), 1);
    __builtin_prefetch(reinterpret_cast<const char*>(at + 64), 1);
    __builtin_prefetch(reinterpret_cast<const char*>(at + 128), 1);
  }

  // Output, for the Server: the next chunks to hand out, and how it ends.
  struct Emission {
    std::vector<Chunk> chunks;
    bool start_tls = false;
    bool flush_and_close = false;
    bool abort = false;
    CloseReason reason = CloseReason::kClientClosed;  // of either
  };
  Emission emit();
  bool has_output() const;
  bool is_dirty() const { return is_dirty_; }
  // Closed, withdrawn, and nothing remains to be handed out or written.
  bool is_finished() const;

  // Who it is, as advisories show it (nats-server's ClientInfo): fields of an object that is open.
  // `service`: the account by whose service it came.
  // `jwt`: what is shown of its JWT.
  void write_info(JsonWriter& json, std::string_view service = {}, std::string_view jwt = {}) const;
  // The JWT it came with. A bearer's is shown to nobody: whoever has it may be that one.
  std::string_view shown_jwt() const;
  // As it is known to others: by key, name or JWT; a token is not shown.
  std::string_view known_as() const;
  // Who signed for it; of one that is known by its key alone, its account.
  std::string_view issuer_key() const;
  Duration rtt() const { return rtt_; }
  // And as monitoring does.
  ClientFacts facts() const;
  SubscriptionTable& subscriptions() { return subscriptions_; }
  CloseReason close_reason() const { return close_reason_; }
  // nullptr: it was let in, or never asked to be.
  const Refusal* refusal() const { return refusal_.get(); }

  // Administration.
  // The Context's options and authenticator are new.
  void reload();
  // False: it could not understand.
  bool announce_lame_duck();
  // What it may do; nothing: everything.
  std::optional<PermissionOptions> permission_options() const;

 private:
  // kOpening: TLS or a proxy's header comes first.
  enum class State : uint8_t { kOpening, kHandshake, kVerifying, kReady, kClosing };

  void greet();
  void on_opening_timer();
  void send_info(bool connect_info);
  void start_timers();
  std::string_view process(std::string_view input);
  void on_op(const Op& op);
  void on_connect(std::string_view json);
  void finish_connect();
  void on_ping();
  void on_pong();
  void on_pub(const Op& op);
  void on_sub(const Op& op);
  void on_unsub(const Op& op);
  bool may_publish(std::string_view subject);
  void take_cookies();
  const Authenticator& authenticator() const;
  Duration ping_interval() const;
  Duration auth_timeout() const;
  bool use_no_auth_user();
  Credentials credentials() const;
  void authenticate();
  bool asks_about_proxy();
  void judge();
  void begin_waiting(PendingLogin::Question question);
  void ask_host(Context::Request request);
  void end_waiting();
  void proxy_verified(std::string_view good);
  void secret_verified(bool is_good);
  void conclude(Decision decision);
  bool is_delegated(const Decision& decision) const;
  bool is_left_to_service(const ClaimedAccount& account, const User& guest) const;
  CalloutTerms callout_terms() const;
  void ask_service(Decision decision);
  std::string callout_claims(const CalloutTerms& terms, std::string_view user_nkey,
                             std::string_view user) const;
  void write_callout_client(JsonWriter& json, std::string_view user) const;
  void verify_answer(AuthorizationResponseClaims answer, SignatureCheck signature);
  void answer_verified(bool is_good);
  std::string refusal_of(const AuthorizationResponseClaims& answer) const;
  std::string refusal_of(const UserClaims& user) const;
  std::string refusal_of_issuer(const UserClaims& user) const;
  void place_guest();
  void accept_guest(const UserClaims& claims);
  void accept_from_service(const UserClaims& claims);
  void accept_made(const UserClaims& claims, std::unique_ptr<User> user);
  void fail_callout(std::string why, Fault fault = Fault::kAuthorizationViolation);
  void on_callout_timer();
  std::string_view shown_user(const User* user) const;
  void accept(Decision decision);
  void adopt(Decision& decision);
  bool is_verified(const Decision& decision) const;
  bool keeps_proxy() const;
  void rejudge_by_service();
  std::string described_user() const;
  bool is_still_known() const;
  void authenticate_by_jwt();
  bool begin_jwt_login(const std::string& jwt, bool is_sentinel);
  void continue_jwt_login();
  void want_account();
  void admit_jwt_user();
  void verify_jwt(std::vector<SignatureCheck> signatures);
  void jwt_verified(bool is_good);
  void accept_jwt_user();
  void rejudge_jwt_user();
  bool may_still_be(const User& user) const;
  AdmissionFacts admission_facts() const;
  Account* account_of(const User* user) const;
  bool is_elsewhere(const User* user) const;
  void enter(Account& account);
  void leave();
  void become(User* user);
  void apply_limits();
  void refuse(Fault fault = Fault::kAuthorizationViolation, std::string_view why = {});
  void turn_away(Fault fault);
  void note_refusal(const Account& account, std::string reason);
  void clear_subscriptions();
  void drop_forbidden_subscriptions();
  bool deliver(const Shadow& shadow, const Message& message, bool& ended);
  bool start_trace(const Op& op);
  void write_message(const Subscription& subscription, const Message& message);
  void watch_pending();
  void count_as_slow();
  void send(std::string_view text);
  void send_error(std::string_view text);
  void send_ok();
  void send_ping();
  void on_ping_timer();
  void remember_reply(std::string_view reply);
  bool may_answer(std::string_view subject);
  // Holds this publisher back, at the end of its input, for what `taker` cannot keep up with.
  void stall(Duration span, Client& taker);
  void pause_if_stalled();
  void resume_reads();
  void release_publishers();
  void set_first_ping_timer();
  void mark_dirty();
  void log(LogLevel level, std::string_view text) const;
  bool traces() const { return context_.options.trace; }
  void trace_in(const Op& op) const;
  void trace_out(std::string_view text) const;
  void trace_content(std::string_view arrow, std::string_view content, uint32_t header_size) const;

  // What a delivery touches comes first and together: a fan-out visits many clients, each for a
  // moment.
  Outbound outbound_;
  Context& context_;
  State state_ = State::kHandshake;
  bool is_slow_ = false;  // three quarters of max_pending wait: publishers are held back
  bool is_dirty_ = false;
  bool is_connected_ = false;  // CONNECT was received
  bool is_authenticated_ = false;
  bool first_pong_sent_ = false;
  bool is_told_of_lame_duck_ = false;
  bool tls_starts_ = false;   // the next emission ends with start_tls
  bool is_securing_ = false;  // the handshake has begun
  bool is_rejudged_ = false;  // kVerifying because of a reload, not of a CONNECT
  Parser::Limits limits_;
  User* user_ = nullptr;
  uint64_t out_msgs_ = 0;
  uint64_t out_bytes_ = 0;
  Instant last_active_{};  // a message in or out, or a subscription
  std::unique_ptr<ConnectOptions> connect_;

  Account* account_;
  const uint64_t id_;
  bool is_member_ = false;  // of its account
  bool discards_output_ = false;
  bool close_was_emitted_ = false;  // either way
  bool abort_was_emitted_ = false;
  bool is_withdrawn_ = false;
  CloseReason close_reason_ = CloseReason::kClientClosed;
  bool reads_are_paused_ = false;
  uint8_t pings_out_ = 0;

  Parser parser_;
  SubscriptionTable subscriptions_;
  uint64_t max_subscriptions_ = UINT64_MAX;
  struct JwtLogin;
  std::unique_ptr<JwtLogin> jwt_login_;          // on its way in, in operator mode
  std::unique_ptr<PendingLogin> pending_login_;  // kVerifying
  std::unique_ptr<PersonalUser> personal_user_;
  std::unique_ptr<const Refusal> refusal_;
  std::unique_ptr<const std::string> proxy_key_;  // of the trusted proxy it came through
  bool signed_nonce_ = false;                     // what it signed was verified
  uint64_t verification_ = 0;                     // counts the questions asked of the host
  std::string verified_hash_;                     // what the password was last verified against

  Timer gate_timer_;  // what opens the link, authentication, then stall
  Timer ping_timer_;
  Timer write_timer_;
  Instant last_in_{};
  Instant ping_sent_{};
  Duration rtt_{};
  Duration stalled_{};               // in this piece of input
  std::vector<uint64_t> held_back_;  // publishers waiting for this client to drain
  std::string held_input_;           // kVerifying: what came behind CONNECT

  std::unique_ptr<OpenReplies> open_replies_;  // allow_responses; made when first needed

  ClientPeer peer_;
  const Instant opened_;
  std::unique_ptr<TlsFacts> tls_;
  WallTime start_{};
  uint64_t in_msgs_ = 0;
  uint64_t in_bytes_ = 0;
  uint64_t stalls_ = 0;  // how often it was held back
  AccountMember membership_;
};

}  // namespace myelin
