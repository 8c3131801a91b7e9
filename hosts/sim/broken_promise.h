// BrokenPromise: what ends a run of the simulator: the promise that was not kept, and what was seen
// instead. Thrown wherever it is noticed, caught in main alone.
#pragma once

#include <stdexcept>
#include <string>

namespace myelin::sim {

struct BrokenPromise : std::runtime_error {
  BrokenPromise(const std::string& promise, const std::string& seen)
      : std::runtime_error(promise + ": " + seen) {}
};

}  // namespace myelin::sim
