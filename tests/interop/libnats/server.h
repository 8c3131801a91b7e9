// Server: a server process under test, on a loopback port of the system's choice, ready when its
// log on stderr says so. The log goes on being read, so that the process never waits for us. It
// works in a folder of its own, where relative paths of its flags lead.
//
// The destructor kills the process and removes its folder: nothing outlives the test program.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace myelin::interop {

class Server {
 public:
  // Starts the binary and returns when it is ready; throws if it does not get there.
  explicit Server(std::string binary, std::vector<std::string> flags = {}, std::string config = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Starts the process again, on the port it had.
  void start();
  // Sends the signal and returns the exit code; a death by signal is its negative.
  int stop(int signal);
  // Waits for the process to end, and kills it if it takes too long.
  int ended();
  void signal(int which) const;

  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  const std::string& binary() const { return binary_; }

 private:
  void spawn(int log_write_end);
  void await_ready(int log_read_end);
  void await_end() const;

  std::string binary_;
  std::vector<std::string> flags_;
  std::filesystem::path folder_;
  pid_t process_ = 0;
  int port_ = -1;
  std::thread log_reader_;
};

}  // namespace myelin::interop
