#include "hosts/common/process_facts.h"

#include <catch2/catch.hpp>

#include "hosts/common/clock.h"

namespace myelin {

TEST_CASE("ProcessFacts: memory and cores are those of this process") {
  const Instant now = read_clocks().mono;
  const HostFacts facts = ProcessFacts(now).ask(now);
  CHECK(facts.memory > 100'000);
  CHECK(facts.cores >= 1);
  CHECK(facts.cpu == 0);
}

TEST_CASE("ProcessFacts: processor time is measured over at least a second") {
  const Instant begun = read_clocks().mono;
  ProcessFacts facts(begun);
  // As if a second had passed while this loop used its time.
  while (read_clocks().mono - begun < milliseconds(30)) {
  }
  const double busy = facts.ask(begun + seconds(1)).cpu;
  CHECK(busy > 0);
  CHECK(busy < 100);
  CHECK(facts.ask(begun + milliseconds(1500)).cpu == busy);
  CHECK(facts.ask(begun + seconds(1000)).cpu < busy);
}

}  // namespace myelin
