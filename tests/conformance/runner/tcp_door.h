// The door to a server program over TCP. It keeps a few servers running, one per configuration,
// because most cases ask for the same one. A case with JetStream gets a server and a directory of
// its own; the directory lives through the case's restarts.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <string>

#include "tests/conformance/runner/door.h"
#include "tests/conformance/runner/server_process.h"

namespace myelin::conformance {

class TcpDoor : public Door {
 public:
  TcpDoor(std::string name, std::filesystem::path binary);
  ~TcpDoor() override;

  std::string_view name() const override { return name_; }
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

 private:
  struct Running {
    std::string config;
    std::unique_ptr<TempDirectory> scratch;  // outlives the process
    std::unique_ptr<ServerProcess> process;
  };

  void start(const std::string& config, std::unique_ptr<TempDirectory> scratch);
  void start_again(const std::string& config);
  ServerProcess& server();

  std::string name_;
  std::filesystem::path binary_;
  std::list<Running> running_;  // the one in use stands first
};

}  // namespace myelin::conformance
