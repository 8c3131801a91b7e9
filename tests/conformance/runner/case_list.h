// The cases of a folder, in order, and the list of those a door is known not to pass yet.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/runner/transcript.h"

namespace myelin::conformance {

// Every `.nats` file under `folder` whose name (area/claim) holds `filter`. Throws TranscriptError.
std::vector<Transcript> read_cases(const std::filesystem::path& folder, std::string_view filter);

// Lines of "door area/claim  # why". Throws TranscriptError for a line of another form.
std::set<std::string> read_known_failures(const std::filesystem::path& file, std::string_view door);

}  // namespace myelin::conformance
