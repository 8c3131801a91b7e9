// Sequences of calls on a Server, as hosts make them and as they should not: links that open, talk,
// stall and vanish, time that passes, tasks, reloads, and handles gone stale.
//
// Each byte of the input is a deed, and the bytes behind it say how. After each deed but a few the
// outputs are drained, and then this holds: every link hears whole messages of the protocol and
// nothing after it was closed; no more is handed out unwritten than the contract allows; a Server
// with time left comes to rest.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/server.h"
#include "core/storage/memory_storage.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/link_checker.h"

namespace myelin {
namespace {

constexpr size_t kLinks = 5;
constexpr size_t kDeedsMax = 400;

constexpr std::string_view kPhrases[] = {
    "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n",
    "CONNECT {\"verbose\":true,\"echo\":false,\"user\":\"a\",\"pass\":\"a\"}\r\n",
    "CONNECT {\"verbose\":false,\"headers\":true,\"user\":\"b\",\"pass\":\"x\",\"protocol\":1}\r\n",
    "CONNECT {\"auth_token\":\"t\",\"pedantic\":true}\r\n",
    "CONNECT {\"no_responders\":true}\r\n",
    "PING\r\n",
    "PONG\r\n",
    "SUB a 1\r\n",
    "SUB a.* 2\r\n",
    "SUB > 3\r\n",
    "SUB a q 4\r\n",
    "SUB a.b q 5\r\n",
    "SUB _INBOX.* 6\r\n",
    "UNSUB 1\r\n",
    "UNSUB 2 2\r\n",
    "UNSUB 4 1\r\n",
    "PUB a 0\r\n\r\n",
    "PUB a.b 5\r\nhello\r\n",
    "PUB a r 2\r\nhi\r\n",
    "PUB nobody _INBOX.x 0\r\n\r\n",
    "HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
    "HPUB a.c r 12 12\r\nNATS/1.0\r\n\r\n\r\n",
    "PUB map.1.x 1\r\nx\r\n",
    "PUB _INBOX.x 1\r\ny\r\n",
    "SUB $SYS.> 7\r\n",
    "PUB a..b 0\r\n\r\n",
};

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

Options options_for(uint8_t choice) {
  Options options;
  options.server_name = "fuzz";
  const auto permissions = [] {
    PermissionOptions some;
    some.publish.allow = {"a", "a.>"};
    some.subscribe.deny = {"a.c", "> q"};
    some.allow_responses = ResponsePermission{.max_msgs = 1, .expires = seconds(1)};
    return some;
  };
  switch (choice & 3) {
    case 1:
      options.authorization.users = {
          {.user = "a", .password = "a"},
          {.user = "b", .password = "$2a$04$aaaaaaaaaaaaaaaaaaaaaa", .permissions = permissions()}};
      if ((choice & 4) != 0) options.authorization.no_auth_user = "a";
      break;
    case 2:
      options.authorization.token = "t";
      break;
    default:
      break;
  }
  if ((choice & 8) != 0) {
    options.max_payload = 16;
    options.max_control_line = 64;
    options.max_subscriptions = 3;
    options.max_subscription_tokens = 2;
  }
  if ((choice & 16) != 0) options.max_connections = 3;
  if ((choice & 32) != 0) {
    options.max_pending = 4096;
    options.no_fast_producer_stall = (choice & 64) != 0;
  }
  if ((choice & 64) != 0) {
    options.mappings = {{.source = "map.*.x",
                         .destinations = {{.subject = "a.$1", .weight = 50},
                                          {.subject = "a.{{partition(3,1)}}", .weight = 20}}}};
  }
  if ((choice & 128) != 0) {
    options.ping_interval = milliseconds(200);
    options.debug = options.trace = true;
    options.no_header_support = true;
  }
  return options;
}

class Session {
 public:
  explicit Session(Input& input)
      : input_(input), server_(options_for(input.byte()), storage_, Codecs{}, log_, Seed{1, 2}) {}

  void run() {
    REQUIRE_THAT(server_.recover(now_).ok());
    for (size_t deed = 0; deed < kDeedsMax && !input_.is_empty(); ++deed) act();
    drain();
    server_.shut_down(now_);
    for (size_t index = 0; index < kLinks; ++index) close(links_[index]);
    drain();
    REQUIRE_THAT(server_.is_empty());
    // What the Server still waits for must not need a client.
    now_.mono = now_.mono + minutes(10);
    settle();
  }

 private:
  struct Link {
    ClientId id;
    bool is_open = false;
    bool is_silent = false;  // TLS comes first, and has not come
    uint64_t unwritten = 0;
    LinkChecker heard;
  };

  void act() {
    const uint8_t deed = input_.byte();
    Link& link = links_[input_.below(kLinks)];
    switch (deed % 16) {
      case 0:
      case 1:
        if (!link.is_open) open(link);
        break;
      case 2:
      case 3:
      case 4:
      case 5:
        receive(link, kPhrases[input_.below(std::size(kPhrases))]);
        break;
      case 6:
        receive(link, input_.take(input_.byte()));
        break;
      case 7:
        flood(link);
        break;
      case 8:
      case 9:
        written(link, link.unwritten);
        break;
      case 10:
        written(link, link.unwritten / 2);
        break;
      case 11:
        close(link);
        break;
      case 12:
        pass_time();
        break;
      case 13:
        answer_task();
        break;
      case 14:
        administrate();
        break;
      case 15:
        use_stale_handles(link);
        break;
    }
    // A host may drain once per batch of reads.
    if (deed < 224) drain();
  }

  void open(Link& link) {
    const uint8_t choice = input_.byte();
    Peer peer;
    peer.address = "127.0.0.1";
    peer.port = 4000;
    peer.nonce = "01234567890";
    peer.tls = static_cast<TlsMode>(choice % 16 < 4 ? choice % 4 : 0);
    link = Link{};
    link.is_open = true;
    link.is_silent = peer.tls == TlsMode::kFirst;
    link.id = server_.open(now_, std::move(peer));
    if (choice >= 128) receive(link, kPhrases[0]);
  }

  void receive(Link& link, std::string_view bytes) {
    // Memory of its own, so that a look beyond its end, or after the call, is seen.
    const std::vector<std::byte> own(as_bytes(bytes).begin(), as_bytes(bytes).end());
    server_.receive(now_, link.id, own);
  }

  void flood(Link& link) {
    const size_t size = size_t{1} << input_.below(16);
    const std::string payload(size, 'x');
    const std::string message = "PUB a " + std::to_string(size) + "\r\n" + payload + "\r\n";
    for (size_t times = input_.below(8); times > 0; --times) receive(link, message);
  }

  void written(Link& link, uint64_t size) {
    link.unwritten -= size;
    if (link.is_open) server_.written(now_, link.id, size);
  }

  void close(Link& link) {
    if (!link.is_open) return;
    link.is_open = false;
    server_.close(now_, link.id, LinkEnd::kPeerClosed);
  }

  void pass_time() {
    const uint8_t choice = input_.byte();
    if (choice < 128) {
      if (const auto deadline = server_.deadline()) {
        now_.mono = std::max(now_.mono, *deadline);
      }
    } else {
      now_.mono = now_.mono + milliseconds(int64_t{1} << (choice % 20));
    }
    settle();
  }

  // A Server whose work is done names a deadline that lies ahead.
  void settle() {
    for (int turns = 0;; ++turns) {
      REQUIRE_THAT(turns < 10'000);
      server_.advance(now_);
      drain();
      const auto deadline = server_.deadline();
      if (!deadline || *deadline > now_.mono) return;
    }
  }

  void answer_task() {
    if (tasks_.empty()) return;
    const uint8_t choice = input_.byte();
    const TaskId task = tasks_.back();
    if (choice % 2 == 0) tasks_.pop_back();  // else it is answered once more
    if (choice % 8 == 7) {
      server_.done(now_, task, Error{Errc::kUnsupported, "no"});
    } else {
      server_.done(now_, task, std::string(choice % 8 < 4 ? "1" : ""));
    }
  }

  void administrate() {
    const uint8_t choice = input_.byte();
    switch (choice % 8) {
      case 0:
        server_.lame_duck(now_);
        break;
      case 1:
        server_.shut_down(now_);
        break;
      case 2:
      case 3:
        server_.query(now_, choice < 128 ? "/healthz" : "/none", "", {});
        break;
      default:
        server_.reload(now_, options_for(input_.byte()));
    }
  }

  void use_stale_handles(Link& link) {
    const uint64_t odd = input_.byte();
    const ClientId stranger{link.is_open ? odd << 32 : link.id.value};
    server_.receive(now_, stranger, as_bytes("PING\r\n"));
    server_.written(now_, stranger, odd);
    server_.close(now_, stranger, LinkEnd::kReadError);
    server_.done(now_, TaskId{odd << 40}, std::string("1"));
    server_.synced(now_, SyncTicket{odd}, FileErrors{});
    // A host may be early to say so; never sure of what it hears.
    server_.secured(now_, link.id, TlsFacts{});
    link.is_silent = false;
  }

  void drain() {
    for (size_t count = 0;; ++count) {
      REQUIRE_THAT(count < 10'000);
      std::optional<Output> output = server_.next_output();
      if (!output) return;
      if (const auto* write = std::get_if<Write>(&*output)) take(*write);
      if (const auto* task = std::get_if<Task>(&*output)) tasks_.push_back(task->id);
      if (const auto* report = std::get_if<Report>(&*output)) REQUIRE_THAT(!report->bytes.empty());
    }
  }

  void take(const Write& write) {
    Link* link = nullptr;
    for (Link& candidate : links_) {
      if (candidate.is_open && candidate.id == write.client) link = &candidate;
    }
    REQUIRE_THAT(link != nullptr);
    for (const Chunk& chunk : write.chunks) {
      REQUIRE_THAT(chunk.offset + uint64_t{chunk.size} <= chunk.buffer.capacity());
      link->heard.receive(chunk.text());
      link->unwritten += chunk.size;
    }
    REQUIRE_THAT(write.chunks.empty() || !link->is_silent);
    if (write.close == Write::Close::kNo) REQUIRE_THAT(link->unwritten <= kLinkInFlightMax);
    if (write.start_tls) server_.secured(now_, link->id, TlsFacts{.version = "1.3"});
    if (write.close != Write::Close::kNo) {
      written(*link, link->unwritten);
      close(*link);
    }
  }

  Input& input_;
  SilentLog log_;
  MemoryStorage storage_{1 << 20};
  Now now_{.mono = {1'000'000'000}, .wall = {1'700'000'000'000'000'000}};
  Server server_;
  Link links_[kLinks];
  std::vector<TaskId> tasks_;
};

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  myelin::Input input(data, size);
  myelin::Session(input).run();
  return 0;
}
