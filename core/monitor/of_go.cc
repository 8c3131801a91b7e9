#include "core/monitor/of_go.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr std::array<std::string_view, 6> kGoProfiles = {"allocs", "block", "goroutine",
                                                         "heap",   "mutex", "threadcreate"};

std::string profile_error(Parameters& parameters) {
  const std::string name = parameters.text("name");
  if (name.empty()) return "Profile name not specified";
  if (name == "cpu") {
    const Duration span(parameters.integer("duration"));
    if (span <= Duration::zero() || span > seconds(15)) {
      return "Duration " + go_duration(span) + " should be between 0s and 15s";
    }
    return "Failed to start CPU profile: this server is not written in Go";
  }
  if (std::find(kGoProfiles.begin(), kGoProfiles.end(), name) == kGoProfiles.end()) {
    return "Profile " + go_quote(name) + " not found";
  }
  return "Profile " + go_quote(name) + " error: this server is not written in Go";
}

}  // namespace

std::string profile_report(const Observed& server, Parameters& parameters) {
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  json.name("profile").raw("null");
  json.field("error", profile_error(parameters));
  json.end_object();
  return text;
}

std::string variables_report(const Observed& server, const HostFacts& host) {
  std::string text;
  JsonWriter json(text, server.indentation);
  json.begin_object();
  json.name("memstats").begin_object();
  json.field("Sys", host.memory);
  json.end_object();
  json.name("cmdline").begin_array();
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace myelin
