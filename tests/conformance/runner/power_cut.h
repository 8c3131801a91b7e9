// Plays a transcript in the core door as if the power went at every storage operation.
//
// It is played once. Before each operation the disk is copied, and after each step the streams are
// read. A copy loses its power, a Server starts on it, and what it holds is compared:
//
//     step    ... acknowledged ──────────── this step ──────────
//     state            A                         |              B
//     power            |   the copies are taken anywhere here   |
//
// What A and B and all states between agree on has to be there: streams and their configurations,
// consumers, messages. What none of them has must not be. Numbers lie between theirs. A is the last
// state that a durable answer stands for, or that was wholly on the disk.
#pragma once

#include "tests/conformance/runner/core_door.h"
#include "tests/conformance/runner/player.h"

namespace myelin::conformance {

// `cuts` is told how often the power was cut. Skipped: where durability is not what the
// configuration asks for, or where nobody may look without a password.
Outcome play_power_cuts(const Transcript& transcript, CoreDoor& door, std::size_t& cuts);

}  // namespace myelin::conformance
