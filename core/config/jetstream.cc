#include "core/config/jetstream.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/config/size.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

struct JetStreamBlock {
  Config& to;
  JetStreamOptions& options;
  bool is_enabled = true;
};

constexpr int64_t kConcurrentIosMin = 4;
constexpr int64_t kConcurrentIosMax = 8192;

bool read_size(ConfigReader& reader, const ConfigMember& member, std::string_view name,
               int64_t& to) {
  if (member.value.is(Kind::kInt)) {
    to = member.value.integer;
    return true;
  }
  if (!member.value.is(Kind::kString)) {
    reader.error(member.value, std::string(name) + " must be an integer or a string");
    return false;
  }
  const auto size = parse_size(member.value.text);
  if (!size) {
    reader.error(member.value, std::string(name) + " " + size.error());
    return false;
  }
  to = size.value();
  return true;
}

// Any negative size asks for the machine's.
void read_max_memory_store(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  if (!read_size(reader, member, "max_mem_store", to.options.max_memory_store)) return;
  to.options.max_memory_store = std::max<int64_t>(-1, to.options.max_memory_store);
}
void read_max_file_store(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  if (!read_size(reader, member, "max_file_store", to.options.max_file_store)) return;
  to.options.max_file_store = std::max<int64_t>(-1, to.options.max_file_store);
}

void read_enabled(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  reader.read(member, to.is_enabled);
}
void read_strict(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  reader.read(member, to.options.strict);
}
void read_block_store_dir(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  read_store_dir(reader, member, to.to);
}

void read_sync_interval(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  to.options.sync_always =
      member.value.is(Kind::kString) && lower_case(member.value.text) == "always";
  if (to.options.sync_always) return;
  reader.read_lenient(member, JetStreamOptions{}.sync_interval, to.options.sync_interval);
}

// What a server without a cluster, without queues before its streams and its API, or with another
// way to its disk, has no use for.
void say_ignored(const ConfigMember& member, JetStreamBlock& to) {
  to.to.jetstream_notices.push_back("JetStream's " + quoted(member.key) +
                                    " has no effect in this version of myelin-server");
}
template <Kind kind>
void ignore(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  if (reader.has_kind(member, kind)) say_ignored(member, to);
}
void ignore_size(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  int64_t size = 0;
  if (read_size(reader, member, lower_case(member.key), size)) say_ignored(member, to);
}
void ignore_duration(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  Duration duration{};
  if (reader.read(member, duration)) say_ignored(member, to);
}
void ignore_max_concurrent_io(ConfigReader& reader, const ConfigMember& member,
                              JetStreamBlock& to) {
  int64_t count = 0;
  if (reader.read(member, kConcurrentIosMin, kConcurrentIosMax, count)) say_ignored(member, to);
}
void ignore_cipher(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  if (!reader.has_kind(member, Kind::kString)) return;
  const std::string cipher = lower_case(member.value.text);
  if (cipher == "chacha" || cipher == "chachapoly" || cipher == "aes") {
    say_ignored(member, to);
  } else {
    reader.error(member.value, "Unknown cipher type: " + quoted(member.value.text));
  }
}

// A text that must not be ignored: streams would lie in the clear, or answer to other subjects.
void refuse_text(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  if (!reader.has_kind(member, Kind::kString) || member.value.text.empty()) return;
  to.to.jetstream_refusals.push_back(reader.refusal(member));
}
void refuse_map(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  if (reader.has_kind(member, Kind::kMap))
    to.to.jetstream_refusals.push_back(reader.refusal(member));
}

constexpr KnownKey<JetStreamBlock> kBatchKeys[] = {
    {"max_inflight_per_stream", ignore<Kind::kInt>},
    {"max_inflight_total", ignore<Kind::kInt>},
    {"max_msgs", ignore<Kind::kInt>},
    {"timeout", ignore_duration},
};

void read_batch(ConfigReader& reader, const ConfigMember& block, JetStreamBlock& to) {
  if (reader.has_kind(block, Kind::kMap)) read_map(reader, block.value, kBatchKeys, to);
}

template <auto field>
void read_limit(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  int64_t limit = 0;
  if (!reader.read(member, INT64_MIN, INT64_MAX, limit)) return;
  to.options.limits.*field = limit > 0 ? limit : -1;
}
void read_duplicate_window(ConfigReader& reader, const ConfigMember& member, JetStreamBlock& to) {
  reader.read(member, to.options.limits.duplicate_window);
}

constexpr KnownKey<JetStreamBlock> kJetStreamLimitKeys[] = {
    {"max_ack_pending", read_limit<&JetStreamLimits::max_ack_pending>},
    {"max_ha_assets", ignore<Kind::kInt>},
    {"max_request_batch", read_limit<&JetStreamLimits::max_request_batch>},
    {"duplicate_window", read_duplicate_window},
    {"batch", read_batch},
};

void read_limits(ConfigReader& reader, const ConfigMember& block, JetStreamBlock& to) {
  if (reader.has_kind(block, Kind::kMap)) read_map(reader, block.value, kJetStreamLimitKeys, to);
}

constexpr KnownKey<JetStreamBlock> kJetStreamKeys[] = {
    {"enable", read_enabled},
    {"enabled", read_enabled},
    {"strict", read_strict},
    {"store", read_block_store_dir},
    {"store_dir", read_block_store_dir},
    {"storedir", read_block_store_dir},
    {"sync", read_sync_interval},
    {"sync_interval", read_sync_interval},
    {"max_memory_store", read_max_memory_store},
    {"max_mem_store", read_max_memory_store},
    {"max_mem", read_max_memory_store},
    {"max_file_store", read_max_file_store},
    {"max_file", read_max_file_store},
    {"domain", refuse_text},
    {"key", refuse_text},
    {"ek", refuse_text},
    {"encryption_key", refuse_text},
    {"prev_key", refuse_text},
    {"prev_ek", refuse_text},
    {"prev_encryption_key", refuse_text},
    {"cipher", ignore_cipher},
    {"extension_hint", ignore<Kind::kString>},
    {"limits", read_limits},
    {"tpm", refuse_map},
    {"unique_tag", ignore<Kind::kString>},
    {"max_outstanding_catchup", ignore_size},
    {"max_buffered_size", ignore_size},
    {"max_buffered_msgs", ignore<Kind::kInt>},
    {"request_queue_limit", ignore<Kind::kInt>},
    {"info_queue_limit", ignore<Kind::kInt>},
    {"meta_compact", ignore<Kind::kInt>},
    {"meta_compact_size", ignore_size},
    {"meta_compact_sync", ignore<Kind::kBool>},
    {"max_concurrent_io", ignore_max_concurrent_io},
};

}  // namespace

void read_jetstream(ConfigReader& reader, const ConfigMember& block, Config& to) {
  JetStreamBlock read{.to = to, .options = to.jetstream};
  if (block.value.is(Kind::kBool)) {
    read.is_enabled = block.value.boolean;
  } else if (block.value.is(Kind::kString)) {
    const std::string word = lower_case(block.value.text);
    read.is_enabled = word != "disabled" && word != "disable";
    if (read.is_enabled && word != "enabled" && word != "enable") {
      reader.error(block.value, "expected 'enabled' or 'disabled' for " + quoted(block.key) +
                                    ", got " + quoted(block.value.text));
      return;
    }
  } else if (reader.has_kind(block, Kind::kMap)) {
    read_map(reader, block.value, kJetStreamKeys, read);
  } else {
    return;
  }
  to.enable_jetstream(read.is_enabled);
}

void read_store_dir(ConfigReader& reader, const ConfigMember& member, Config& to) {
  if (!to.daemon.store_dir.empty()) {
    reader.error(member.value, "Duplicate 'store_dir' configuration");
    return;
  }
  reader.read(member, to.daemon.store_dir);
}

}  // namespace myelin
