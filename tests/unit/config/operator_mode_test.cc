#include "core/config/operator_mode.h"

#include <catch2/catch.hpp>

#include "core/config/config.h"

using namespace myelin;

namespace {

ConfigSources sources() {
  ConfigSources without_files;
  without_files.read_file = [](const std::string& path) -> Result<std::string> {
    return Error{Errc::kNotFound, "open " + path + ": no such file or directory"};
  };
  without_files.environment = [](const std::string&) { return std::nullopt; };
  return without_files;
}

std::string errors_of(const std::string& text) {
  const auto config = parse_config_text(text, "server.conf", sources());
  return config.ok() ? std::string() : to_string(config.error());
}

bool says(const std::string& text, const std::string& what) {
  INFO(errors_of(text));
  return errors_of(text).find(what) != std::string::npos;
}

Config parsed(const std::string& text) {
  auto config = parse_config_text(text, "server.conf", sources());
  INFO(errors_of(text));
  REQUIRE(config.ok());
  return std::move(config.value());
}

}  // namespace

TEST_CASE("operator mode: what is no operator is refused, and nobody is trusted") {
  CHECK(says("operator: nowhere.jwt",
             "error parsing operator JWT: open nowhere.jwt: no such file or directory"));
  CHECK(says("operators: [eyJ.x, eyJ.y.z]", "error parsing operator JWT"));
  CHECK(says("operator: 3", "server.conf:1"));
  CHECK(says("trusted: OABC", "required to be a valid public operator nkey"));
  CHECK(says("resolver_preload { A: 'eyJ.a.b' }", "invalid account JWT"));
  CHECK(says("resolver_preload: x", "preload should be a map of account_public_key:account_jwt"));
  CHECK(says("resolver_preload { A: 3 }", "preload map value should be a string JWT"));
}

TEST_CASE("operator mode: a resolver is in memory, behind a URL, or in a directory") {
  CHECK(parsed("resolver: MEMORY").options.operators->resolver == ResolverKind::kMemory);
  CHECK(parsed("resolver: mem").options.operators->resolver == ResolverKind::kMemory);
  const Config url = parsed("resolver: URL(http://127.0.0.1:9/jwt/v1/accounts/)");
  CHECK(url.options.operators->resolver == ResolverKind::kUrl);
  CHECK(url.daemon.resolver.url == "http://127.0.0.1:9/jwt/v1/accounts/");
  const Config full = parsed(
      "resolver { type: full, dir: './jwt', limit: 7, allow_delete: true, hard_delete: true, "
      "timeout: '3s' }");
  CHECK(full.options.operators->resolver == ResolverKind::kFull);
  CHECK(full.options.operators->may_delete);
  CHECK(full.daemon.resolver.dir == "./jwt");
  CHECK(full.daemon.resolver.limit == 7);
  CHECK(full.daemon.resolver.hard_delete);
  CHECK(full.daemon.resolver.timeout == seconds(3));
  const Config cache = parsed("resolver { type: CACHE, dir: './jwt', ttl: '1h' }");
  CHECK(cache.options.operators->resolver == ResolverKind::kCache);
  CHECK(cache.daemon.resolver.ttl == std::chrono::hours(1));
}

TEST_CASE("operator mode: a resolver that is none is refused") {
  CHECK(says("resolver: DISK", "error parsing account resolver, should be MEM or  URL"));
  CHECK(says("resolver: URL(ftp://x)", "error parsing account resolver url [\"ftp://x\"]"));
  CHECK(says("resolver { type: half }", "error parsing account resolver"));
  CHECK(says("resolver { type: full }", "dir has no value and needs to point to a directory"));
  CHECK(says("resolver { type: full, dir: x, ttl: '1h' }", "FULL does not accept ttl"));
  CHECK(says("resolver { type: full, dir: x, hard_delete: true }",
             "hard_delete has no effect without delete"));
  CHECK(says("resolver { type: cache, dir: x, interval: '1m' }", "CACHE does not accept sync"));
  CHECK(says("resolver { type: cache, dir: x, allow_delete: true }",
             "CACHE does not accept allow_delete"));
  CHECK(says("resolver { type: full, dir: x, timout: '1s' }", "unknown field \"timout\""));
}

TEST_CASE("operator mode: keys of it without operators leave the server as it was") {
  Config config = parsed("resolver: MEMORY");
  REQUIRE(complete(config).ok());
  CHECK_FALSE(config.options.operators);
  CHECK_FALSE(config.options.authorization.is_required());
  Config sentinel = parsed("default_sentinel: x");
  const Status refused = complete(sentinel);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().context == "default sentinel requires operators and accounts");
}
