// The other side of a bridge: a program that is asked over its standard input and answers over its
// standard output, one frame each.
//
//     frame      u32 size, then so many bytes; numbers are little-endian
//     greeting   the first frame it sends: u8 kReady; or u8 kMissing and what is not installed
//     request    operations, one after another (bridge_door.cc)
//     answer     u8 kReady and what came of them; or u8 kFailed and why
//
// It is killed when its owner forgets it.
#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace myelin::conformance {

// A door that cannot be opened here, because something it needs is not installed.
class DoorMissing : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class BridgeProcess {
 public:
  // `command` is what a shell would run. Throws DoorMissing where the program says so, and
  // std::runtime_error where it does not greet.
  explicit BridgeProcess(const std::string& command);
  ~BridgeProcess();
  BridgeProcess(const BridgeProcess&) = delete;
  BridgeProcess& operator=(const BridgeProcess&) = delete;

  // What came of the request. Throws std::runtime_error with the program's own words where it
  // failed, or where it is silent for long or gone.
  std::string ask(std::string_view request);

 private:
  void start(const std::string& command);
  void end();
  void write(std::string_view bytes);
  std::string read(std::size_t size);
  std::string read_answer();

  pid_t pid_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace myelin::conformance
