// What we are, and whose behaviour we implement: clients gate features on the latter.
#pragma once

#include <string_view>

namespace myelin {

inline constexpr std::string_view kNatsVersion = "2.14.5";
// The level of JetStream's API (ADR-44) that goes with it.
inline constexpr int kJetStreamApiLevel = 4;
inline constexpr std::string_view kMyelinVersion = "0.1.0";

}  // namespace myelin
