// One nats-server-like program: started with a configuration file on a free port of the loopback,
// watched by what it prints, and stopped by signals. It is killed when its owner forgets it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/conformance/runner/temp_directory.h"

namespace myelin::conformance {

class ServerProcess {
 public:
  // Returns when clients can connect. What the program takes for the system's temporary directory
  // is `scratch`, so that nothing it stores by default outlives a case. Throws std::runtime_error,
  // with what was printed, where the program ends or stays silent instead. Its port is read behind
  // `listening`, at the end of that line.
  ServerProcess(const std::filesystem::path& binary, const std::string& config,
                const std::filesystem::path& scratch, std::string_view listening);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  void write_config(const std::string& config) const;
  void signal(int number) const;
  // Whether a line with `wanted` was printed since the last call, before one with `other` was.
  bool wait_for_line(std::string_view wanted, std::string_view other);
  // The exit code, or 128 + the signal that ended it.
  int wait_for_exit();
  // Keeps the pipe of the log from filling up.
  void drain_log();

 private:
  void start(const std::filesystem::path& binary, const std::filesystem::path& scratch);
  void end();
  void find_port(std::string_view listening);
  bool read_log(std::chrono::milliseconds at_most);

  TempDirectory directory_;
  pid_t pid_ = -1;
  int log_fd_ = -1;
  std::string log_;
  std::size_t log_read_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace myelin::conformance
