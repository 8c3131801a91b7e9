// Finds the official nats-server, which is the truth here: version 2.14 or newer.
#pragma once

#include <filesystem>
#include <string>

namespace myelin::conformance {

// The path given, else $NATS_SERVER, the PATH, ~/go/bin, and the build's own copy; empty where none
// of them says to be new enough.
std::filesystem::path find_official_server(const std::string& given);

}  // namespace myelin::conformance
