// The door to the core: hosts/sim's World in this process, with its virtual clock. Nothing is
// waited for in real time; a wait that finds nothing moves the clock to what is due next.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "hosts/sim/world.h"
#include "tests/conformance/runner/door.h"

namespace myelin::conformance {

class CoreDoor : public Door {
 public:
  CoreDoor();
  ~CoreDoor() override;

  std::string_view name() const override { return "core"; }
  bool offers(std::string_view need) const override;
  void begin(const std::string& config) override;
  void end(bool spoilt) override;
  std::unique_ptr<Link> open() override;
  bool wait(std::span<Link* const> links, Milliseconds at_most) override;
  bool reload(const std::string& config) override;
  void lame_duck() override;
  void stop() override;
  void restart(const std::string& config) override;
  void crash(const std::string& config) override;
  void advance(Milliseconds by) override;
  Milliseconds now() const override;
  std::int64_t wall_clock() const override;

  // For whoever looks on while a case is played.
  sim::World& world() { return *worlds_.back(); }
  sim::SimStorage& disk() { return *disk_; }
  // A Server on another disk, as this one was configured.
  std::unique_ptr<sim::World> start_on(std::shared_ptr<sim::SimStorage> disk, Now now);

 private:
  class Diary;

  void start(const std::string& config);

  std::unique_ptr<Diary> log_;
  Config running_;
  // Worlds that ended stay until the case does: links to them are still asked about.
  std::shared_ptr<sim::SimStorage> disk_;  // of all worlds of a case
  std::vector<std::unique_ptr<sim::World>> worlds_;
};

}  // namespace myelin::conformance
