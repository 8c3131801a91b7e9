#include "core/config/jetstream.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

Config parsed(std::string_view text) {
  auto config = parse_config_text(text, "f.conf", ConfigSources{});
  INFO(text);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  return std::move(config.value());
}

JetStreamOptions options_of(const std::string& block) {
  const Config config = parsed("jetstream { " + block + " }");
  REQUIRE(config.options.jetstream);
  return *config.options.jetstream;
}

std::string errors_of(std::string_view text) {
  const auto config = parse_config_text(text, "f.conf", ConfigSources{});
  return config ? "" : to_string(config.error());
}

// What shows only when the whole is known.
std::string mistake_of(std::string_view text) {
  Config config = parsed(text);
  const Status status = complete(config);
  return status ? "" : status.error().context;
}

TEST_CASE("JetStream block: it is on by a boolean, a word or a block") {
  for (const char* text : {"jetstream: true", "jetstream: enabled", "jetstream: ENABLE",
                           "jetstream {}", "jetstream { enabled: true }"}) {
    INFO(text);
    CHECK(parsed(text).options.jetstream == JetStreamOptions{});
  }
  for (const char* text :
       {"", "jetstream: false", "jetstream: disabled", "jetstream: Disable",
        "jetstream { enabled: false }", "jetstream { strict: no, enable: no }"}) {
    INFO(text);
    CHECK_FALSE(parsed(text).options.jetstream);
  }
}

TEST_CASE("JetStream block: anything else for a switch is an error") {
  CHECK(errors_of("jetstream: yess") ==
        "f.conf:1:0: expected 'enabled' or 'disabled' for \"jetstream\", got \"yess\"\n");
  CHECK(errors_of("jetstream: 5") ==
        "f.conf:1:0: expected a map for \"jetstream\", got an integer\n");
  CHECK(errors_of("jetstream { max_me: 1 }") == "f.conf:1:12: unknown field \"max_me\"\n");
}

TEST_CASE("JetStream block: an acknowledgement waits for the disk unless told otherwise") {
  CHECK(options_of("").sync_always);
  CHECK(options_of("sync: always").sync_always);
  CHECK(options_of("sync_interval: ALWAYS").sync_always);
  const JetStreamOptions lazy = options_of("sync_interval: '10s'");
  CHECK_FALSE(lazy.sync_always);
  CHECK(lazy.sync_interval == seconds(10));
  CHECK(options_of("sync: '0s'").sync_interval == minutes(2));
}

TEST_CASE("JetStream block: an interval in bare seconds earns a warning") {
  const Config config = parsed("jetstream { sync: 5 }");
  CHECK(config.options.jetstream->sync_interval == seconds(5));
  CHECK(to_string(config.warnings) ==
        "f.conf:1:12: invalid use of field \"sync\": sync should be converted to a duration\n");
}

TEST_CASE("JetStream block: sizes are integers or texts, below zero the machine's") {
  for (const char* key : {"max_mem", "max_mem_store", "max_memory_store"}) {
    CHECK(options_of(std::string(key) + ": 64MiB").max_memory_store == 64 * 1024 * 1024);
  }
  for (const char* key : {"max_file", "max_file_store"}) {
    CHECK(options_of(std::string(key) + ": \"10G\"").max_file_store == int64_t{10} << 30);
  }
  CHECK(options_of("").max_file_store == -1);
  CHECK(options_of("max_file: -2").max_file_store == -1);
  CHECK(options_of("max_file: 0").max_file_store == 0);
  CHECK(errors_of("jetstream { max_mem: '1X' }") ==
        "f.conf:1:12: max_mem_store sizes defined as strings must end in K, M, G, T\n");
  CHECK(errors_of("jetstream { max_file: true }") ==
        "f.conf:1:12: max_file_store must be an integer or a string\n");
}

TEST_CASE("JetStream block: the directory is named inside the block or beside it, once") {
  for (const char* text : {"store_dir: a", "storedir: a", "jetstream { store: a }",
                           "jetstream { store_dir: a }", "jetstream { storedir: a }"}) {
    INFO(text);
    CHECK(parsed(text).daemon.store_dir == "a");
  }
  CHECK(errors_of("jetstream { store_dir: a }\nstore_dir: b") ==
        "f.conf:2:1: Duplicate 'store_dir' configuration\n");
}

TEST_CASE("JetStream block: limits") {
  const JetStreamOptions options = options_of(
      "strict: false\n"
      "limits { max_ack_pending: 100, max_request_batch: 0, duplicate_window: '1m' }");
  CHECK_FALSE(options.strict);
  CHECK(options.limits == JetStreamLimits{100, -1, minutes(1)});
}

TEST_CASE(
    "JetStream block: what this version lacks is refused where it stands, if JetStream is on") {
  for (const char* key : {"domain", "key", "ek", "encryption_key", "prev_key"}) {
    INFO(key);
    const std::string pair = std::string(key) + ": x";
    CHECK(mistake_of("jetstream { " + pair + " }") ==
          "f.conf:1:12: \"" + std::string(key) +
              "\" is not supported yet by this version of myelin-server");
    CHECK(mistake_of("jetstream { enabled: false, " + pair + " }").empty());
  }
  CHECK_FALSE(mistake_of("jetstream { tpm { keys_file: x } }").empty());
}

TEST_CASE("JetStream block: what has no effect is said") {
  for (const char* pair : {"unique_tag: az", "extension_hint: will_extend", "cipher: aes",
                           "max_concurrent_io: 8", "max_outstanding_catchup: 1M", "meta_compact: 1",
                           "limits { max_ha_assets: 3 }", "limits { batch { timeout: '1s' } }"}) {
    INFO(pair);
    Config on = parsed("jetstream { " + std::string(pair) + " }");
    REQUIRE(complete(on));
    CHECK(on.notices.size() == 1);
    Config off = parsed("jetstream { enabled: false, " + std::string(pair) + " }");
    REQUIRE(complete(off));
    CHECK(off.notices.empty());
  }
  CHECK(errors_of("jetstream { max_concurrent_io: 3 }") != "");
  CHECK(errors_of("jetstream { cipher: rot13 }") ==
        "f.conf:1:12: Unknown cipher type: \"rot13\"\n");
}

}  // namespace
}  // namespace myelin
