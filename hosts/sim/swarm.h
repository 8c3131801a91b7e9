// Swarm: one run of the simulator. A seed draws which faults there are at all, then a server lives
// several lives on one disk while actors use it:
//
//     begin: recover, look at everything ── live: faults and deeds ── end: power cut, kill, stop
//       ^                                                                    │
//       └────────────────────────── on the same disk <───────────────────────┘
//
// The last life ends in calm: what is open is finished, and everything is looked at once more. In
// some runs the disk rots before the last look instead. In some, a part of the actors is in another
// account.
//
// The same seed ends in the same hash. What goes wrong is thrown as a BrokenPromise.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/log.h"
#include "core/base/random.h"
#include "hosts/sim/checker.h"
#include "hosts/sim/inspector.h"
#include "hosts/sim/sim_storage.h"
#include "hosts/sim/stream_admin.h"
#include "hosts/sim/worker.h"
#include "hosts/sim/world.h"

namespace myelin::sim {

class Swarm {
 public:
  explicit Swarm(uint64_t seed);
  ~Swarm();

  // The hash of everything that could be observed.
  uint32_t run();
  // How many acknowledgements of writes there were.
  uint64_t acknowledged() const { return checker_.count(); }

 private:
  class Diary;

  Options options() const;
  // Who may look at that stream.
  std::string_view user_of(std::string_view stream) const;
  void draw_faults();
  void make_actors();
  void make_streams();
  void begin_life();
  void live();
  void live_on(uint64_t deeds, bool is_closing);
  void trouble_the_disk();
  // A reload gives the other account its JetStream, or takes it.
  void let_far_have_jetstream(bool has_it);
  void end_life();
  void probe_failed_files();
  void close();
  void inspect(bool is_rotten);
  void inspect_admin();
  void look_at_rot();
  void calm();

  Random random_;
  std::unique_ptr<Diary> log_;
  std::shared_ptr<SimStorage> disk_;
  World::Faults faults_;
  uint64_t sync_failure_rate_ = 0;
  bool disk_fills_ = false;
  bool has_rot_ = false;
  bool has_accounts_ = false;  // two, with streams that take the same subjects
  bool far_has_jetstream_ = true;
  Now now_ = World::kStart;
  std::unique_ptr<World> world_;
  Checker checker_;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::vector<const Worker*> workers_;  // among the actors
  StreamAdmin* admin_ = nullptr;
  uint64_t probes_ = 0;
};

}  // namespace myelin::sim
