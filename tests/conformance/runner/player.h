// Plays one transcript through a door and says what came of it. There is one interpreter for all
// doors; it knows transcripts and links, and nothing of processes or cores.
#pragma once

#include <functional>
#include <string>

#include "tests/conformance/runner/door.h"
#include "tests/conformance/runner/transcript.h"

namespace myelin::conformance {

struct Outcome {
  enum class Kind { kPassed, kFailed, kSkipped };
  Kind kind = Kind::kPassed;
  std::string why;   // the line, what was wanted and what was seen; or the need a door has not
  std::string wire;  // the last lines each link saw, for a failure
};

Outcome play(const Transcript& transcript, Door& door);
// `after` is called when a step has held.
Outcome play(const Transcript& transcript, Door& door,
             const std::function<void(const Step&)>& after);

}  // namespace myelin::conformance
