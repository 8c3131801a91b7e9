// Server: the whole messaging server as a value that is fed bytes and time. It does nothing until
// called; a host calls it and then drains next_output().
//
// Every call is one turn and runs to its end at one Now: ingest, settle, commit, bury
// (docs/architecture.md). A host's duties:
//   - one thread per Server, and time never goes back;
//   - drain next_output() after every call, or once per batch of reads in one loop iteration;
//   - call advance() when deadline() has come;
//   - report written(), synced() and done() for what it was handed.
// A stale ClientId, TaskId or SyncTicket is ignored: the two sides may cross.
//
// The Server opens no socket, reads no clock, starts no thread and keeps no global: several may
// live in one process. Chunks it hands out may outlive the link, never the Server's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/key_codecs.h"
#include "core/base/log.h"
#include "core/base/peer_credentials.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/base/time_of_day.h"
#include "core/base/tls_facts.h"
#include "core/host_facts.h"
#include "core/options.h"
#include "core/storage/storage.h"

namespace myelin {

// The connection id that INFO shows (client_id) and logs call cid. The top 16 bits are the shard, 0
// for now.
struct ClientId {
  uint64_t value = 0;
  friend bool operator==(const ClientId&, const ClientId&) = default;
};
struct TaskId {
  uint64_t value = 0;
};
struct QueryId {
  uint64_t value = 0;
};

enum class LinkKind { kTcp, kUnix, kWebSocket, kInProcess };

// How TLS comes to a link. The host does the handshake: it calls begin_tls() before and secured()
// after.
enum class TlsMode {
  kPlain,      // never
  kFirst,      // before INFO: nothing is queued until secured(). Where Options have a
               // tls_first_fallback and no handshake begins in that time, a Write comes all the
               // same, and from then on the link is kAfterInfo, or kOptional with tls_available
  kAfterInfo,  // INFO in clear text, then a Write with start_tls; nothing is read until secured()
  kOptional,   // INFO in clear text; the host looks at the first byte: a handshake begins with 0x16
};

struct Peer {
  LinkKind kind = LinkKind::kTcp;
  std::string address;  // the peer's IP; shown as client_ip
  uint16_t port = 0;
  TlsMode tls = TlsMode::kPlain;
  // A proxy may say first who the peer really is: the host reads that, and calls introduce() once
  // it knows. Nothing else is read or asked for before.
  bool awaits_proxy_header = false;
  // What the request that opened a WebSocket said.
  std::string forwarded_for;  // X-Forwarded-For, where it is an IP: for the log
  PeerCredentials cookies;
  std::string nonce;  // 11 random bytes of the host's operating system, for those who sign them
};

// Why a host reports a link as gone.
enum class LinkEnd {
  kPeerClosed,
  kReadError,
  kWriteError,
  kTlsHandshakeFailed,
  kNoTls,  // what came was no TLS at all, as from who only looks whether somebody listens
  kBadProxyHeader,
};

// An operation for which the core would have to wait or to do heavy mathematics. The host answers
// with done().
struct VerifyBcrypt {
  std::string hash;
  std::string password;
};
// The answer has a character for each: '1' verified, '0' refused.
struct VerifyEd25519 {
  std::vector<SignatureCheck> checks;
};
// The claims of an account, from where OperatorOptions::resolver keeps them; "": it has none.
struct FetchAccountJwt {
  std::string account;
};
// Keeps an account's claims: "1" if they are not what was kept, "" if they are.
struct StoreAccountJwt {
  std::string account;
  std::string jwt;
};
struct DeleteAccountJwt {
  std::string account;
};
// Those that are kept, a page: "account|jwt", a line each, sorted by account, from the first behind
// `after`. At least one, if there is one; then no more than have room in `size_max`.
struct ListAccountJwts {
  std::string after;
  size_t size_max = 0;
};
struct Task {
  TaskId id;
  std::variant<VerifyBcrypt, VerifyEd25519, FetchAccountJwt, StoreAccountJwt, DeleteAccountJwt,
               ListAccountJwts>
      work;
};

// Nobody waits for this Task any more: the host may leave it undone, and need not answer.
struct CancelTask {
  TaskId id;
};

// Bytes for one link, in order. One Write per link and drain; the host keeps what the kernel does
// not take.
struct Write {
  enum class Close {
    kNo,
    kFlush,  // close once all bytes handed out so far are written
    kAbort,  // close at once
  };
  ClientId client;
  std::vector<Chunk> chunks;
  bool start_tls = false;  // after these bytes, the host begins the handshake
  Close close = Close::kNo;
  // With kFlush, what a WebSocket's close frame says (RFC 6455, 7.4); the text is static.
  uint16_t close_code = 0;
  std::string_view close_reason;
};
// The host stops and resumes reading a link; receive() may still bring what was already read.
struct PauseRead {
  ClientId client;
};
struct ResumeRead {
  ClientId client;
};
// A piece of a report asked for by query(). Status and content type are the first piece's.
struct Report {
  QueryId id;
  int status = 200;  // as HTTP means it: 400 bad parameter, 404 no such report, 503 unavailable
  std::string_view content_type = "application/json";  // of static storage
  std::string bytes;
  bool last = false;
};

// Somebody asks, by a message, what only the host knows. It answers with host_observed().
struct ObserveHost {};
// Somebody asks, by a message, for the configuration to be read again. The host does, calls
// reload() where all is well, and answers with reload_done().
struct WantReload {};

using Output =
    std::variant<Write, PauseRead, ResumeRead, Task, CancelTask, Report, ObserveHost, WantReload>;

// Mathematics lent by the host, a table of plain functions; an empty entry means the host cannot.
struct Codecs {
  using Transform = std::optional<std::string> (*)(std::string_view bytes, size_t size_max);
  Transform compress = nullptr;
  Transform decompress = nullptr;
  KeyCodecs keys;
  TimeOfDay time_of_day = nullptr;  // absent: UTC is all there is
};

// The answer to a Task: the bytes it produced (for a password: "1" verified, "" refused), or why it
// failed.
using TaskAnswer = Result<std::string>;

enum class RecoverProgress { kMore, kDone };

// What must not be guessed: random bytes of the host's operating system, 32 each. The public key of
// the first is the server's id; what is sealed for the second one only this server can open.
struct ServerSecrets {
  std::string identity_seed;
  std::string curve_seed;
};

class Server {
 public:
  // Storage and Log outlive the Server. `options` were validated by whoever made them. Without
  // secrets they follow from the seed, which is for tests.
  Server(Options options, Storage& storage, Codecs codecs, Log& log, const Seed& seed,
         ServerSecrets secrets = {});
  ~Server();
  // Why a mapping cannot be used, in nats-server's words, or nothing: for whoever makes Options.
  static std::optional<std::string> check_mapping(const MappingOptions& mapping);
  // The same of what accounts export to one another and import.
  static std::optional<std::string> check_accounts(const Options& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Reads the disk in slices of the turn budget, before and between links; call until kDone. Core
  // NATS keeps nothing, so a server without streams is done at once.
  Result<RecoverProgress> recover(Now now);

  // A link is up. INFO is queued (unless TLS comes first).
  ClientId open(Now now, Peer peer);
  // The proxy's header is read: the peer is another, or, with no address, who it was.
  void introduce(Now now, ClientId client, std::string address, uint16_t port);
  // A handshake begins. False: it must not (there are too many); the link is ended with a Write.
  bool begin_tls(Now now, ClientId client);
  void secured(Now now, ClientId client, TlsFacts facts);
  // Bytes arrived; `bytes` is borrowed for the call.
  void receive(Now now, ClientId client, Bytes bytes);
  // The kernel took the transport bytes that carry so many bytes of output.
  void written(Now now, ClientId client, uint64_t size);
  // The link is gone. No output for it follows. `why` is for the log: of a handshake or a proxy's
  // header that failed, or of what came and could not be read.
  void close(Now now, ClientId client, LinkEnd reason, std::string_view why = {});

  // A commit is durable; `failed` names the files that are not.
  void synced(Now now, SyncTicket ticket, const FileErrors& failed);
  void done(Now now, TaskId task, TaskAnswer answer);

  // A report, by its monitoring path ("/healthz", "/varz", "/metrics") and the parameters of its
  // URL ("subs=1&limit=10", still percent-encoded); an unknown one answers 404. The bytes come as
  // Report outputs, in slices, at most one each turn.
  QueryId query(Now now, std::string_view path, std::string_view parameters, const HostFacts& host);
  // Nobody waits for it any more.
  void cancel_query(QueryId query);
  // No slices but one that may be on its way, until it is resumed: its asker is slow.
  void pause_query(QueryId query);
  void resume_query(QueryId query);

  // Takes the new options whole. The caller has refused what cannot change on a running server.
  void reload(Now now, Options options);
  // The answers to an ObserveHost, and to a WantReload: what went wrong, or nothing.
  void host_observed(Now now, const HostFacts& facts);
  void reload_done(Now now, std::string_view error);
  // Stops welcoming: tells the clients, then closes them over lame_duck_duration. The host has
  // closed its listeners and ends when is_empty().
  void lame_duck(Now now);
  // Ends every link, flushed.
  void shut_down(Now now);

  // After shut_down, before the process ends: true while something is on its way to the disk; call
  // again when synced() was reported. Without it nothing acknowledged is lost, and the next start
  // reads more.
  bool flush(Now now);

  // The host has little memory left, or enough again. Until then nothing that would keep some is
  // taken on: no subscription, no stream or consumer, no message into a stream. Who asks is told.
  void set_short_of_memory(bool is_short);

  // Fires what is due. `deadline()` says when next, or nothing; an instant already past means work
  // is left over.
  void advance(Now now);
  std::optional<Instant> deadline() const;

  // Until empty after every other call.
  std::optional<Output> next_output();

  // What it was given last: a host need not keep a copy.
  const Options& options() const;
  // The public identity: server_id and server_name of INFO.
  const std::string& id() const;
  const std::string& name() const;
  uint64_t connections() const;
  bool is_empty() const { return connections() == 0; }

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace myelin
