#include "hosts/native/load_config.h"

#include <cstdlib>
#include <utility>

#include "core/server.h"
#include "hosts/common/keys.h"
#include "hosts/native/file.h"
#include "hosts/uv/tls_context.h"

namespace myelin {
namespace {

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Result<Config> read_config(const std::string& path) {
  if (path.empty()) return Config{};
  const ConfigSources sources{.read_file = read_whole_file,
                              .environment = environment_variable,
                              .check_mapping = Server::check_mapping,
                              .check_accounts = Server::check_accounts,
                              .keys = key_codecs()};
  Result<Config, ConfigErrors> parsed = parse_config(path, sources);
  if (parsed.ok()) return std::move(parsed.value());
  std::string text = to_string(parsed.error());
  while (text.ends_with('\n')) text.pop_back();
  return Error{Errc::kInvalid, std::move(text)};
}

// What the files of a block hold is wrong where the block stands.
Status check_tls(std::optional<TlsOptions>& options) {
  if (!options) return kOk;
  const Result<std::unique_ptr<TlsContext>> made = TlsContext::for_server(*options);
  if (made.ok()) {
    options->digest = made.value()->digest();
    return kOk;
  }
  const std::string at = options->place.empty() ? "" : options->place + ": ";
  return Error{Errc::kInvalid, at + made.error().context};
}

}  // namespace

Result<Config> load_config(const Flags& flags) {
  Result<Config> config = read_config(flags.config);
  if (!config.ok()) return config.error();
  TRY(apply(flags, config.value()));
  TRY(check_tls(config.value().daemon.tls));
  if (config.value().daemon.websocket) TRY(check_tls(config.value().daemon.websocket->tls));
  TRY(complete(config.value()));
  return config;
}

}  // namespace myelin
