// Claims: prints one line per claim and remembers whether any of them was false. A scenario that
// throws is a failed claim; the scenarios after it still run. It knows nothing of time: every wait
// of a scenario has a bound of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::interop {

inline std::string shown(const std::string& text) { return '"' + text.substr(0, 200) + '"'; }
inline std::string shown(int64_t number) { return std::to_string(number); }
inline std::string shown(size_t number) { return std::to_string(number); }
inline std::string shown(int number) { return std::to_string(number); }
template <typename T>
std::string shown(const std::vector<T>& list) {
  std::string text = "[";
  for (const T& item : list) text += ' ' + shown(item);
  return text + " ]";
}

class Claims {
 public:
  // One claim, true or not; the detail is printed when it is not.
  void holds(bool condition, std::string_view claim, std::string_view detail = {}) {
    ++(condition ? held_ : failed_);
    say(condition ? "ok  " : "FAIL", claim);
    if (!condition && !detail.empty()) std::printf("     %s\n", std::string(detail).c_str());
    std::fflush(stdout);
  }

  template <typename T>
  void equal(const T& got, const T& wanted, std::string_view claim) {
    holds(got == wanted, claim, "wanted " + shown(wanted) + "\n     got    " + shown(got));
  }

  template <typename Scenario, typename Subject>
  void run(std::string_view name, Scenario scenario, Subject& subject) {
    scenario_ = name;
    try {
      scenario(*this, subject);
    } catch (const std::exception& error) {
      holds(false, "the scenario runs to its end", error.what());
    }
  }

  int exit_code() const {
    std::printf("%d claims hold, %d do not\n", held_, failed_);
    return failed_ > 0 || held_ == 0 ? 1 : 0;
  }

 private:
  void say(const char* verdict, std::string_view claim) const {
    std::printf("%s %s: %s\n", verdict, scenario_.c_str(), std::string(claim).c_str());
  }

  int held_ = 0;
  int failed_ = 0;
  std::string scenario_;
};

}  // namespace myelin::interop
