// The doors to a server program: over TCP, or over WebSocket. A door keeps a few servers running,
// one per configuration, because most cases ask for the same one. A case with JetStream gets a
// server and a directory of its own; the directory lives through the case's restarts.
//
// Over WebSocket, a configuration without a `websocket` block gets one, and a case's first, second
// and third link cut what they send into frames in different ways.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <string>

#include "tests/conformance/runner/certificates.h"
#include "tests/conformance/runner/door.h"
#include "tests/conformance/runner/server_process.h"

namespace myelin::conformance {

class TcpDoor : public Door {
 public:
  enum class Way { kTcp, kWebSocket };

  // The official server is "truth", whichever the way to it is.
  TcpDoor(std::string name, std::filesystem::path binary, Way way = Way::kTcp);
  ~TcpDoor() override;

  std::string_view name() const override { return name_; }
  std::string_view family() const override;
  bool offers(std::string_view need) const override;
  void begin(const std::string& config) override;
  void end(bool spoilt) override;
  std::unique_ptr<Link> open() override;
  std::unique_ptr<Link> dial() override;
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
  std::string completed(std::string config, const TempDirectory& scratch) const;
  int connected_socket();

  std::string name_;
  std::filesystem::path binary_;
  Way way_;
  Certificates certificates_;
  std::size_t opened_ = 0;      // links of this case
  std::list<Running> running_;  // the one in use stands first
};

}  // namespace myelin::conformance
