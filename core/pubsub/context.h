// Context: what the clients and accounts of one Server share during a turn. Owned by the Server;
// everything in it outlives every client.
//
// Clients do not call one another's lifecycles and nothing here re-enters: who has output, who must
// be closed and what the host is asked to do are noted in lists, which the Server works off at the
// end of the turn.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/auth/authenticator.h"
#include "core/base/histogram.h"
#include "core/base/key_codecs.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/base/time_of_day.h"
#include "core/base/timers.h"
#include "core/limits.h"
#include "core/options.h"
#include "core/protocol/errors.h"
#include "core/pubsub/account_waker.h"
#include "core/pubsub/handshake_rate.h"
#include "core/pubsub/interest.h"
#include "core/pubsub/mailbox.h"
#include "core/pubsub/roster.h"
#include "core/subject/hash.h"

namespace myelin {

class Accounts;
class Callouts;
class Client;
class MessageTrace;
class Resolver;

// Counters since the start, as monitoring shows them.
struct ServerCounters {
  // What clients published, by size: its count and sum are in_msgs and in_bytes.
  Histogram<kPublishSizeShift, kPublishSizeBounds> publish_size;
  uint64_t out_msgs = 0;
  uint64_t out_bytes = 0;
  uint64_t slow_consumers = 0;
  uint64_t stale_connections = 0;
  uint64_t stalled_clients = 0;
  uint64_t pinned_account_failures = 0;
};

// Who may come in, by the door.
struct Authenticators {
  std::unique_ptr<Authenticator> common;
  // Where that door has an authorization of its own.
  std::unique_ptr<const AuthorizationOptions> websocket_options;
  std::unique_ptr<Authenticator> websocket;
};
// They borrow the options.
Authenticators make_authenticators(const Options& options);

// A request that nobody took so far; it is not known yet of those who decide later.
struct Unanswered {
  uint64_t client = 0;  // 0: there is none
  std::string subject;
  std::string reply;
};

struct Context {
  Context(Options with, Log& to, const Seed& seed);
  ~Context();
  Client* find(uint64_t id) const;
  // Clients may have to sign something.
  bool gives_nonces() const;

  Options options;
  Log& log;
  Random random;
  SubjectHash sid_hash;
  Timers timers;
  Now now{};

  std::string server_id;
  std::string server_name;
  // The server's keys: `server_id` is the public one of the first seed, `xkey` of the other, where
  // the host lends the mathematics.
  KeyCodecs keys;
  std::string identity_seed;
  std::string xkey;
  std::string xkey_seed;
  Authenticators authenticators;
  bool authorization_changed = false;  // by the last reload
  bool lame_duck = false;
  bool is_short_of_memory = false;  // Server::set_short_of_memory
  ServerCounters counters;
  HandshakeRate handshake_rate;

  // What the server's own subscribers have yet to look at.
  Mailbox mailbox;
  Unanswered unanswered;
  std::unique_ptr<MessageTrace> trace;  // of the message under way, if its headers ask for one
  NotedWatches noted_watches;
  std::vector<AccountWaker> account_wakers;

  std::unique_ptr<Accounts> accounts;  // made last, outlives the clients
  std::unique_ptr<Callouts> callouts;  // but for this, which subscribes in one of them
  Resolver* resolver = nullptr;        // the Server's
  TimeOfDay time_of_day = nullptr;     // lent by the host

  // By id. Never walked where the order could be seen.
  std::unordered_map<uint64_t, std::unique_ptr<Client>> clients;
  // Those of them that are not closed.
  Roster roster;
  // Clients with output to hand out, each once.
  std::vector<Client*> dirty;
  // Clients to be buried at the end of the turn, each once.
  std::vector<Client*> closing;
  // What the host is asked to do with a client.
  struct Request {
    enum class Kind { kPauseRead, kResumeRead, kVerifyBcrypt, kVerifySignatures };
    Kind kind;
    uint64_t client = 0;
    uint64_t verification = 0;  // which of the client's, to tell a stale answer
    std::string hash = {};
    std::string password = {};
    std::vector<SignatureCheck> signatures = {};
  };
  std::deque<Request> requests;
};

}  // namespace myelin
