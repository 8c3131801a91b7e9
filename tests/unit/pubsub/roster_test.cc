#include "core/pubsub/roster.h"

#include <catch2/catch.hpp>
#include <set>

namespace myelin {
namespace {

std::set<uint64_t> walked(const Roster& roster) {
  std::set<uint64_t> ids;
  for (uint64_t id = roster.next(0); id != 0; id = roster.next(id)) ids.insert(id);
  return ids;
}

}  // namespace

TEST_CASE("Roster: it has those who came and did not leave") {
  Roster roster;
  std::set<uint64_t> model;
  for (uint64_t id = 1; id <= 1000; ++id) {
    roster.add(id);
    model.insert(id);
    if (id % 3 != 0) {
      roster.remove(id - id % 7);
      model.erase(id - id % 7);
    }
    if (id % 100 == 0) CHECK(walked(roster) == model);
  }
  roster.remove(5000);
  roster.remove(999);
  roster.remove(999);
  model.erase(999);
  CHECK(walked(roster) == model);
}

TEST_CASE("Roster: a walk goes on behind one that has left") {
  Roster roster;
  for (uint64_t id = 1; id <= 4; ++id) roster.add(id);
  roster.remove(2);
  CHECK(roster.next(1) == 3);
  CHECK(roster.next(2) == 3);
  roster.remove(3);
  roster.remove(1);
  CHECK(roster.next(0) == 4);
  CHECK(roster.next(4) == 0);
}

}  // namespace myelin
