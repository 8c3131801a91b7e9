// The door to the core as WebAssembly: in Node ("wasm") or in a Worker of headless Chromium
// ("chromium"). A program beside us (tests/conformance/bridge) holds the server, its links, its
// store and its virtual clock; time passes there as in the door to the core.
//
// Asking it costs more than the deed. What has no answer waits for the next deed that has one, and
// every answer brings what has arrived on all links.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/conformance/runner/bridge_process.h"
#include "tests/conformance/runner/door.h"

namespace myelin::conformance {

class BridgeDoor : public Door {
 public:
  // `command` starts the program. Throws as BridgeProcess does.
  BridgeDoor(std::string name, const std::string& command);
  ~BridgeDoor() override;

  std::string_view name() const override { return name_; }
  std::string_view family() const override { return "core"; }
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
  Milliseconds now() const override { return now_; }

 private:
  class FarLink;
  struct Arrived {
    std::string bytes;
    bool is_closed = false;
  };

  // Does what has been put off, and answers what the last of it came to.
  std::uint32_t settle();
  void begin_again(const std::string& config);

  std::string name_;
  BridgeProcess process_;
  std::string put_off_;  // operations that nobody has needed the answer of
  std::map<std::uint32_t, Arrived> links_;
  Milliseconds now_{0};
};

}  // namespace myelin::conformance
