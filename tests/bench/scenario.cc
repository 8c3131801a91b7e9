#include "tests/bench/scenario.h"

#include <chrono>
#include <thread>

#include "tests/bench/failure.h"

namespace bench {

std::vector<double> measure_on_server(
    const std::string& path, const std::vector<std::string>& arguments,
    const std::function<std::vector<double>(ServerProcess&)>& measure) {
  ServerProcess server(path, arguments);
  try {
    return measure(server);
  } catch (const Failure& failure) {
    throw Failure(std::string(failure.what()) + "; the server's log ends: " + server.last_words());
  }
}

void sleep_seconds(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace bench
