// A server started for one measurement on a free port of 127.0.0.1, and stopped with its owner.
// What it logs is kept in memory, to be shown when something goes wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/child_process.h"
#include "tests/bench/clock.h"
#include "tests/bench/file_descriptor.h"
#include "tests/bench/memory_usage.h"

namespace bench {

class ServerProcess {
 public:
  // Returns when the first INFO has been received.
  explicit ServerProcess(const std::string& path, const std::vector<std::string>& arguments = {});

  uint16_t port() const { return port_; }
  const std::string& info() const { return info_; }
  // The port of another listener, from the line of the log in which the server names it.
  uint16_t port_in_log(std::string_view beginning) const;
  uint64_t first_info_ns() const { return first_info_ns_; }  // since before the fork
  uint64_t cpu_ns() const { return CpuClock(process_.pid()).read_ns(); }
  MemoryUsage memory() const { return memory_usage(process_.pid()); }

  // Ends it, and waits for that: as an operator does, or as a power cut does to a process.
  void stop();
  void kill();

  // The end of its log.
  std::string last_words() const;

 private:
  void start(const std::string& path, const std::vector<std::string>& arguments);
  bool wait_for_info();
  std::string log() const;

  FileDescriptor log_;
  ChildProcess process_;
  uint16_t port_ = 0;
  uint64_t began_ns_ = 0;
  uint64_t first_info_ns_ = 0;
  std::string info_;
};

}  // namespace bench
