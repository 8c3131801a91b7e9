// Options: everything a Server can be told about how to behave. Plain values with nats-server's
// defaults; the names are those of its configuration file. core/config turns configuration text
// into these; a host that embeds the core may fill them by hand. What only a daemon needs
// (listeners, log files) is in config/daemon_options.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace myelin {

inline constexpr std::string_view kGlobalAccount = "$G";

// Subject patterns a user may or may not use. An absent allow list permits everything, and so does
// an empty one (to publish: unless responses are allowed); deny wins over allow. Subscribe patterns
// may be "subject queue".
struct SubjectPermission {
  std::optional<std::vector<std::string>> allow;
  std::vector<std::string> deny;

  friend bool operator==(const SubjectPermission&, const SubjectPermission&) = default;
};

// The right to answer a request once it was delivered. A negative value means without limit.
struct ResponsePermission {
  int64_t max_msgs = 1;
  Duration expires = minutes(2);

  friend bool operator==(const ResponsePermission&, const ResponsePermission&) = default;
};

struct PermissionOptions {
  SubjectPermission publish;
  SubjectPermission subscribe;
  std::optional<ResponsePermission> allow_responses;

  friend bool operator==(const PermissionOptions&, const PermissionOptions&) = default;
};

// How a client may be connected: bits of UserOptions::connection_types.
inline constexpr uint8_t kStandardConnection = 1;
inline constexpr uint8_t kWebSocketConnection = 2;
inline constexpr uint8_t kInProcessConnection = 4;
inline constexpr uint8_t kAnyConnection = 0xff;

// Known by a name and a password, or by an nkey.
struct UserOptions {
  std::string user;
  std::string password;  // plain, or a bcrypt hash ("$2a$", "$2b$", "$2x$", "$2y$")
  std::string nkey;      // public key of a user ("U..."); it signs the nonce
  std::string account;   // whose it is; empty: the global account's
  std::optional<PermissionOptions> permissions;
  uint8_t connection_types = kAnyConnection;
  bool proxy_required = false;

  friend bool operator==(const UserOptions&, const UserOptions&) = default;
};

// Somebody else decides who may come in (ADR-26): a service in `account`.
struct AuthCalloutOptions {
  std::string issuer;   // public key of an account ("A...") that signs the answers
  std::string account;  // where the service is; empty: the global account
  std::vector<std::string>
      auth_users;   // who need not be asked about: the service's own; names, nkeys
  std::string key;  // public xkey ("X..."): requests are sealed; empty: they are not
  std::vector<std::string> allowed_accounts;  // into which it may let people; empty: any

  friend bool operator==(const AuthCalloutOptions&, const AuthCalloutOptions&) = default;
};

struct AuthorizationOptions {
  // At most one of: one user and password, a token, a list of users.
  std::string user;
  std::string password;
  std::string token;
  std::vector<UserOptions> users;
  std::optional<PermissionOptions> default_permissions;
  std::string no_auth_user;
  Duration timeout = seconds(2);
  // The connections, bits of UserOptions, whose certificate says which of the users it is
  // (verify_and_map). Who comes by another way is still asked.
  uint8_t mapped_connections = 0;
  bool chooses_timeout = false;  // it was asked for: TLS does not make it longer
  std::optional<AuthCalloutOptions> callout;
  bool proxy_required = false;  // of the one user, or the bearer of the token
  bool needs_jwt = false;       // operator mode: nothing else says who somebody is
  // Only the system account has users: who brings no credentials is in the global account, though
  // INFO says that they are required.
  bool opens_global_account = false;

  bool is_required() const {
    return needs_jwt || !user.empty() || !token.empty() || !users.empty() || opens_global_account;
  }
  friend bool operator==(const AuthorizationOptions&, const AuthorizationOptions&) = default;
};

struct MappingDestination {
  std::string subject;
  uint8_t weight = 100;  // percent

  friend bool operator==(const MappingDestination&, const MappingDestination&) = default;
};

// The first mapping whose source matches a published subject chooses one destination by weight.
struct MappingOptions {
  std::string source;
  std::vector<MappingDestination> destinations;

  friend bool operator==(const MappingOptions&, const MappingOptions&) = default;
};

enum class ResponseType : uint8_t { kSingleton, kStream, kChunked };

// How long a service took is published on `subject`, of so many percent of the requests; 0: of
// those whose headers ask for it.
struct LatencyOptions {
  std::string subject;
  uint8_t sampling = 100;

  friend bool operator==(const LatencyOptions&, const LatencyOptions&) = default;
};

// What an account offers to others: messages (a stream), or answers (a service).
struct ExportOptions {
  bool is_service = false;
  std::string subject;
  // Who may import it. Neither: anybody.
  std::vector<std::string> accounts;
  bool token_required = false;          // an activation token says who
  uint32_t account_token_position = 0;  // the importer's name stands there in the subject; 0: no
  // Revoked activations: those of an account ("*": of all) issued until then, in Unix seconds.
  std::vector<std::pair<std::string, int64_t>> revocations;
  bool allow_trace = false;  // services
  // Services.
  ResponseType response_type = ResponseType::kSingleton;
  Duration response_threshold = minutes(2);
  std::optional<LatencyOptions> latency;

  friend bool operator==(const ExportOptions&, const ExportOptions&) = default;
};

// What an account takes from another. Its own name for it: a stream's is `prefix`.`subject`, or
// `to`; a service's is `to`; where there is neither, `subject`.
struct ImportOptions {
  bool is_service = false;
  std::string account;  // the exporter
  std::string subject;  // as the exporter calls it
  std::string prefix;
  std::string to;
  bool share = false;        // services: the requestor is told in full
  bool allow_trace = false;  // streams
  std::string token;         // an activation, as JWT

  friend bool operator==(const ImportOptions&, const ImportOptions&) = default;
};

// A negative value is without limit.
struct AccountLimits {
  int64_t max_connections = -1;    // clients and leaf nodes
  int64_t max_subscriptions = -1;  // of each connection
  int64_t max_payload = -1;
  int64_t max_leafnodes = -1;

  friend bool operator==(const AccountLimits&, const AccountLimits&) = default;
};

// What an account may have of JetStream. A negative value is without limit; of the two
// per-stream sizes, zero is too.
struct JetStreamAccountLimits {
  int64_t max_memory = -1;
  int64_t max_store = -1;
  int64_t max_streams = -1;
  int64_t max_consumers = -1;
  int64_t max_ack_pending = -1;
  int64_t memory_max_stream_bytes = -1;
  int64_t store_max_stream_bytes = -1;
  bool max_bytes_required = false;

  friend bool operator==(const JetStreamAccountLimits&, const JetStreamAccountLimits&) = default;
};

// By tier ("R1", "R3"); the one without a name is for all streams, and then it is the only one.
struct JetStreamAccountOptions {
  std::vector<std::pair<std::string, JetStreamAccountLimits>> tiers{{"", {}}};

  friend bool operator==(const JetStreamAccountOptions&, const JetStreamAccountOptions&) = default;
};

// Traces of messages whose header asks for it by `traceparent` go to `destination`.
struct MessageTraceOptions {
  std::string destination;
  uint8_t sampling = 100;  // percent

  friend bool operator==(const MessageTraceOptions&, const MessageTraceOptions&) = default;
};

// A space of subjects of its own. Its users are among AuthorizationOptions::users.
struct AccountOptions {
  std::string name;
  AccountLimits limits;
  std::vector<MappingOptions> mappings;
  std::vector<ExportOptions> exports;
  std::vector<ImportOptions> imports;
  std::optional<JetStreamAccountOptions> jetstream;  // absent: it has none
  std::optional<MessageTraceOptions> message_trace;
  // Of its users without permissions of their own.
  std::optional<PermissionOptions> default_permissions;
  std::string name_tag;  // what its operator calls it; empty: its name

  friend bool operator==(const AccountOptions&, const AccountOptions&) = default;
};

// Where the claims of accounts are kept.
enum class ResolverKind : uint8_t {
  kNone,
  kMemory,  // in OperatorOptions::preload; what changes is lost at the end
  kUrl,     // behind a URL: nothing can be changed
  kFull,    // in a directory: all there are
  kCache,   // in a directory: those that were asked for
};

// Operator mode: who somebody is, and what an account has, is said by JWTs that trusted operators
// vouch for. There are then no configured accounts or users.
struct OperatorOptions {
  std::vector<std::string> jwts;          // of operators
  std::vector<std::string> trusted_keys;  // public keys of operators ("O...") without a JWT
  ResolverKind resolver = ResolverKind::kNone;
  // Account and JWT, sorted by account: they are kept from the start, where the resolver keeps any.
  std::vector<std::pair<std::string, std::string>> preload;
  // The system account's claims, if they are known at the start.
  std::string system_account_jwt;
  std::vector<std::string> pinned_accounts;  // nobody of another account comes in; empty: any
  std::string default_sentinel;              // JWT of who brings none
  bool may_delete = false;                   // kFull: accounts may be deleted

  friend bool operator==(const OperatorOptions&, const OperatorOptions&) = default;
};

// What the server caps for every account. A negative value, or a duration of zero: without limit.
struct JetStreamLimits {
  int64_t max_ack_pending = -1;
  int64_t max_request_batch = -1;
  Duration duplicate_window = Duration::zero();

  friend bool operator==(const JetStreamLimits&, const JetStreamLimits&) = default;
};

// The `jetstream` block. Where it keeps files is its host's matter.
struct JetStreamOptions {
  // Bytes of all streams of a storage together; 0: none may be made. A negative value stands for
  // the machine's size, which the host puts in its place before a Server sees it.
  int64_t max_memory_store = -1;
  int64_t max_file_store = -1;
  // Differs: nats-server's default is two minutes. `sync_always`: an acknowledgement waits for the
  // disk; otherwise what was written becomes durable every `sync_interval`.
  bool sync_always = true;
  Duration sync_interval = minutes(2);
  bool strict = true;  // a request's unknown JSON fields are errors
  JetStreamLimits limits;

  friend bool operator==(const JetStreamOptions&, const JetStreamOptions&) = default;
};

// What the `websocket` block changes for the clients that come by it. Its listener, TLS and HTTP
// are the host's matter.
struct WebSocketOptions {
  // What INFO says to a WebSocket client it should connect to; the host puts its listener here.
  std::string host = "0.0.0.0";
  int port = 0;
  bool tls_required = false;
  // A user, token or no_auth_user in it stands in place of the server's; a timeout of zero is the
  // server's.
  AuthorizationOptions authorization{.timeout = Duration::zero()};
  std::optional<Duration> ping_interval;

  friend bool operator==(const WebSocketOptions&, const WebSocketOptions&) = default;
};

// What the reports say of the listeners, the files and the configuration that are the host's; it
// fills this in. Nothing here changes what the server does, but for max_closed_clients.
struct MonitorOptions {
  std::string http_host;  // of http or https, whichever there is
  int http_port = 0;      // 0: no such listener; -1: any port
  int https_port = 0;
  std::string http_base_path;
  WallTime config_load_time{};  // of the last start or reload; 0: when the Server began
  std::string config_digest;    // "sha256:..."; empty: there is no file
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> metadata;  // sorted by name
  std::string store_dir;                                      // of JetStream
  std::optional<WallTime> tls_cert_not_after;  // of the client listener's certificate
  size_t max_closed_clients = 10000;           // how many are remembered; the oldest are forgotten

  // Of the `websocket` block, beside what WebSocketOptions has.
  std::string websocket_advertise;
  std::string websocket_jwt_cookie;
  Duration websocket_handshake_timeout{};
  bool websocket_no_tls = false;
  bool websocket_same_origin = false;
  bool websocket_compression = false;
  std::vector<std::string> websocket_allowed_origins;
  std::optional<WallTime> websocket_tls_cert_not_after;

  friend bool operator==(const MonitorOptions&, const MonitorOptions&) = default;
};

struct Options {
  std::string server_name;  // empty: the server's id
  // What INFO says a client should connect to; the host puts its listener here.
  std::string host = "0.0.0.0";
  int port = 4222;

  AuthorizationOptions authorization;    // with the users of all accounts
  std::vector<MappingOptions> mappings;  // of the global account
  std::vector<AccountOptions> accounts;  // but for the global one, which there always is
  std::string system_account = "$SYS";   // empty: there is none (no_system_account)
  std::optional<OperatorOptions> operators;
  std::vector<std::string> trusted_proxies;   // public keys of users ("U...")
  std::optional<JetStreamOptions> jetstream;  // absent: there is none
  std::optional<WebSocketOptions> websocket;  // absent: nobody comes that way

  uint32_t max_control_line = 4096;
  uint32_t max_payload = 1024 * 1024;
  uint64_t max_pending = 64 * 1024 * 1024;
  int64_t max_connections = 65536;       // negative: nobody
  uint64_t max_subscriptions = 0;        // per connection; 0: no limit
  uint32_t max_subscription_tokens = 0;  // 0: no limit
  Duration ping_interval = minutes(2);
  int ping_max = 2;
  Duration write_deadline = seconds(10);
  bool no_fast_producer_stall = false;
  bool no_header_support = false;
  bool disable_sublist_cache = false;
  bool tls_required = false;   // the host's client listener demands TLS
  bool tls_verify = false;     // and a certificate of the client
  bool tls_available = false;  // the client may begin TLS (allow_non_tls)
  Duration tls_timeout = seconds(2);
  // Where TLS comes first (TlsMode::kFirst): after so long without it, INFO in the clear; 0: never.
  Duration tls_first_fallback{};
  int64_t tls_connection_rate_limit = 0;  // handshakes per second; 0: no limit
  Duration lame_duck_duration = minutes(2);
  Duration lame_duck_grace_period = seconds(10);

  MonitorOptions monitor;

  bool debug = false;
  bool trace = false;
  bool trace_headers = false;
  uint32_t max_traced_msg_len = 0;  // 0: whole
};

}  // namespace myelin
