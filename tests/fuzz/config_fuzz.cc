// The configuration language: understood or refused with a positioned error, whatever the text, and
// twice the same. Includes come from two files: the text itself, and a small one.
#include <string>

#include "core/config/config.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

std::string outcome(std::string_view text) {
  ConfigSources sources;
  sources.read_file = [text](const std::string& path) -> Result<std::string> {
    if (path.ends_with("self")) return std::string(text);
    if (path.ends_with("small")) return std::string("debug: true\nLIMIT = 1MB\n");
    return Error{Errc::kNotFound, "open " + path + ": no such file or directory"};
  };
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOME") return "home";
    if (name == "LIST") return "[1, 2]";
    return std::nullopt;
  };
  auto config = parse_config_text(text, "fuzz.conf", sources);
  if (!config.ok()) {
    const std::string message = to_string(config.error());
    REQUIRE_THAT(!message.empty());
    return message;
  }
  const Status complete_status = complete(config.value());
  if (!complete_status.ok()) return complete_status.error().context;
  return config.value().digest;
}

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  REQUIRE_THAT(myelin::outcome(text) == myelin::outcome(text));
  return 0;
}
