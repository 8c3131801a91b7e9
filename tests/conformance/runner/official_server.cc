#include "tests/conformance/runner/official_server.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace myelin::conformance {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

// It says "nats-server: v2.14.5". Myelin installed under that name says the same, but is a link to
// its own.
bool is_official(const std::filesystem::path& binary) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(binary, error)) return false;
  if (std::filesystem::canonical(binary, error).filename() == "myelin-server") return false;
  std::string command("'");
  command += binary.string();
  command += "' -v 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return false;
  std::array<char, 128> line{};
  const char* got = fgets(line.data(), static_cast<int>(line.size()), pipe);
  pclose(pipe);
  int minor = 0;
  std::array<char, 64> more{};
  return got != nullptr &&
         std::sscanf(got, "nats-server: v2.%d.%63[^\n]", &minor, more.data()) == 2 && minor >= 14;
}

}  // namespace

std::filesystem::path find_official_server(const std::string& given) {
  std::vector<std::filesystem::path> places{given, variable("NATS_SERVER")};
  std::istringstream path(variable("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    places.push_back(std::filesystem::path(folder) / "nats-server");
  }
  places.push_back(std::filesystem::path(variable("HOME")) / "go" / "bin" / "nats-server");
  places.push_back(MYELIN_CONFORMANCE_TRUTH);
  for (const auto& place : places) {
    if (is_official(place)) return place;
  }
  return {};
}

}  // namespace myelin::conformance
