// Plays made-up sessions on two servers and compares what their clients saw.
//
// What NATS leaves open is not compared: the order of deliveries of one message to one link, and
// which member of a queue group received it. INFO is compared by the fields that depend on the
// session. A difference is played again before it is believed, and then made as short as it gets.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/conformance/runner/door.h"

namespace myelin::conformance {

// Sessions of the seeds `seed`, `seed + 1` ...; returns the number of sessions that differ, each
// printed with its seed and its shortest form.
std::size_t compare_servers(Door& left, Door& right, std::uint64_t seed, std::size_t count);

}  // namespace myelin::conformance
