// World: a Server with its links, its disk and its clock in one process.
//
// Time is virtual: it stands still until somebody waits, and then it jumps to what is due next: the
// Server's deadline, a sync that comes true, bytes that arrive. Tasks are done inline, before the
// call that caused them returns. The same calls with the same seed give the same bytes.
//
//     client ── send ──> network ──> [to the server] ── receive ──> Server ── sync ──> disk
//     client <── take ── [to the client] <── network <── next_output ──
//                         a client that stopped reading leaves the bytes here, and the Server
//                         hears no `written` once kWindow is full
//
// Nothing goes wrong unless Faults or the disk say so: then links keep the pieces they are given,
// and syncs come true at the instant they are asked for.
//
// A World that has ended, by shut_down or crash, leaves the disk to the next one: it answers
// questions about its links and does nothing more. It knows no protocol.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/server.h"
#include "hosts/common/codecs.h"
#include "hosts/sim/sim_network.h"
#include "hosts/sim/sim_storage.h"

namespace myelin::sim {

class World {
 public:
  // How much a link takes from the Server though its client reads nothing, as sockets do.
  static constexpr uint64_t kWindow = 256 * 1024;
  static constexpr Now kStart{{1'000'000'000}, {1'700'000'000LL * 1'000'000'000LL}};

  struct Faults {
    SimNetwork::Faults network;
    Duration sync_max = Duration::zero();  // what a sync takes at most
  };

  // Begins at `start` on what `disk` holds; without one, on an empty disk of its own.
  World(Options options, Log& log, uint64_t seed, std::shared_ptr<SimStorage> disk = nullptr,
        Now start = kStart, const Codecs& lent = codecs());
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The client's side of a link, by a number; 0 where nobody listens.
  uint64_t open(LinkKind kind = LinkKind::kTcp);
  void send(uint64_t link, std::string_view bytes);
  // What has arrived since the last call.
  std::string take(uint64_t link);
  bool has_arrived(uint64_t link) const;
  // The server's side has closed, or the client's has.
  bool is_closed(uint64_t link) const;
  void stop_reading(uint64_t link);
  void close(uint64_t link);

  // Moves to what is due next if that is not after `end`, else to `end`. False in the latter case.
  bool step(Instant end);
  // What goes wrong from now on.
  void set_faults(Faults faults);
  Now now() const { return now_; }

  void reload(Options options);
  void lame_duck();
  void shut_down();
  // The process is gone: every link ends at once.
  void crash();
  bool is_listening() const { return is_listening_; }
  bool is_alive() const { return is_alive_; }

 private:
  struct Link {
    ClientId client;
    SimNetwork::Way up;                 // on the way to the Server
    SimNetwork::Way down;               // and from it
    std::deque<std::string> to_server;  // waits for the Server to resume reading
    std::string to_client;
    uint64_t unread = 0;        // sent by the Server, not reported as written
    uint64_t window = kWindow;  // what is still taken once the client has stopped reading
    bool is_paused = false;
    bool is_reading = true;
    bool is_closed = false;
  };

  void settle();
  bool take_outputs();
  void take_write(Write write);
  bool deliver_held();
  bool report_progress();
  bool report_syncs();
  bool arrive();
  void break_off(Link& link);
  std::optional<Instant> next_due() const;
  Link* find(ClientId client);

  Now now_;
  Faults faults_;
  Random random_;
  SimNetwork network_;
  std::shared_ptr<SimStorage> disk_;
  std::optional<Instant> sync_due_;  // of the sync that comes true next
  Server server_;
  std::map<uint64_t, Link> links_;  // by ClientId, which is the number of the link
  std::vector<Task> tasks_;
  uint64_t next_port_ = 40000;
  bool is_listening_ = true;
  bool is_alive_ = true;
};

}  // namespace myelin::sim
