// Shrink: leaves out of a Scenario whatever is not needed to break a promise. Each try is a process
// of its own, for a try may end in an abort.
#pragma once

#include <cstdint>

namespace myelin::exchange {

// Prints what is left. 1: a promise was broken; 0: none was.
int shrink(uint64_t seed);

}  // namespace myelin::exchange
