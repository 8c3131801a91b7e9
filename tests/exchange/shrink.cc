#include "tests/exchange/shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "tests/exchange/trial.h"

namespace myelin::exchange {
namespace {

class Shrinker {
 public:
  Shrinker(Scenario scenario, uint64_t seed) : scenario_(std::move(scenario)), seed_(seed) {}

  bool breaks(const Scenario& scenario, bool is_told = false) const {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      if (!is_told && std::freopen("/dev/null", "w", stderr) == nullptr) _exit(3);
      int status = 0;
      try {
        play(scenario, seed_);
      } catch (const std::exception& broken) {
        if (is_told) std::printf("%s\n", broken.what());
        std::fflush(stdout);
        status = 1;
      }
      _exit(status);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && status != 0;
  }

  void shrink() {
    for (bool got_less = true; got_less;) {
      got_less = false;
      for (size_t size = scenario_.steps.size(); size > 0; size /= 2) {
        got_less |= leave_out(
            size, [](Scenario & each) -> auto& { return each.steps; });
      }
      got_less |= shrink_accounts([](Scenario & each) -> auto& { return each.accounts; });
      for (size_t index = 0; index < scenario_.steps.size(); ++index) {
        got_less |= shrink_accounts([index](Scenario & each) -> auto& {
          return each.steps[index].accounts;
        });
      }
    }
  }

  const Scenario& scenario() const { return scenario_; }

 private:
  template <class Part>
  bool shrink_accounts(Part accounts_of) {
    bool got_less = leave_out(1, accounts_of);
    for (size_t index = 0; index < accounts_of(scenario_).size(); ++index) {
      const auto account = [&](Scenario& each) -> AccountOptions& {
        return accounts_of(each)[index];
      };
      got_less |= leave_out(
          1, [&](Scenario & each) -> auto& { return account(each).exports; });
      got_less |= leave_out(
          1, [&](Scenario & each) -> auto& { return account(each).imports; });
      got_less |= leave_out(
          1, [&](Scenario & each) -> auto& { return account(each).mappings; });
      if (!account(scenario_).default_permissions) continue;
      Scenario less = scenario_;
      account(less).default_permissions.reset();
      if (!breaks(less)) continue;
      scenario_ = std::move(less);
      got_less = true;
    }
    return got_less;
  }

  // Runs of so many entries of a list.
  template <class Part>
  bool leave_out(size_t size, Part list_of) {
    bool got_less = false;
    for (size_t end = list_of(scenario_).size(); end >= size && end > 0;) {
      Scenario less = scenario_;
      auto& list = list_of(less);
      const auto at = [&list](size_t index) {
        return list.begin() + static_cast<std::ptrdiff_t>(index);
      };
      list.erase(at(end - size), at(end));
      if (breaks(less)) {
        scenario_ = std::move(less);
        got_less = true;
        end = std::min(end - size, list_of(scenario_).size());
      } else {
        end = end > size ? end - size : 0;
      }
      if (end > 0 && end < size) break;
    }
    return got_less;
  }

  Scenario scenario_;
  uint64_t seed_;
};

}  // namespace

int shrink(uint64_t seed) {
  Shrinker shrinker(draw(seed), seed);
  if (!shrinker.breaks(shrinker.scenario())) {
    std::printf("every promise was kept\n");
    return 0;
  }
  shrinker.shrink();
  std::printf("%s", to_text(shrinker.scenario()).c_str());
  shrinker.breaks(shrinker.scenario(), true);
  return 1;
}

}  // namespace myelin::exchange
