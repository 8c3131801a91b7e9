#include "core/config/account_jetstream.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/text.h"

namespace myelin {

namespace {

using Kind = ConfigValue::Kind;

template <int64_t JetStreamAccountLimits::*limit>
void read_limit(ConfigReader& reader, const ConfigMember& member, JetStreamAccountLimits& to) {
  if (!member.value.is(Kind::kInt)) {
    reader.error(member.value, "Expected a parseable size for " + quoted(member.key) + ", got " +
                                   (member.value.is(Kind::kString) ? member.value.text
                                                                   : name_of(member.value.kind)));
    return;
  }
  to.*limit = std::max<int64_t>(-1, member.value.integer);
}

void read_max_bytes_required(ConfigReader& reader, const ConfigMember& member,
                             JetStreamAccountLimits& to) {
  if (!member.value.is(Kind::kBool)) {
    reader.error(member.value, "Expected a parseable bool for " + quoted(member.key) + ", got " +
                                   (member.value.is(Kind::kString) ? member.value.text
                                                                   : name_of(member.value.kind)));
    return;
  }
  to.max_bytes_required = member.value.boolean;
}

// By which account servers of a cluster speak to each other.
void read_cluster_traffic(ConfigReader& reader, const ConfigMember& member,
                          JetStreamAccountLimits&) {
  const bool is_text = member.value.is(Kind::kString);
  const std::string& way = member.value.text;
  if (is_text && (way.empty() || way == "system")) return;
  if (is_text && way == "owner") {
    reader.notice("\"cluster_traffic\" of an account has no effect: this server is in no cluster");
    return;
  }
  reader.error(member.value, "Expected 'system' or 'owner' string value for " + quoted(member.key) +
                                 ", got " + (is_text ? way : name_of(member.value.kind)));
}

using Limits = JetStreamAccountLimits;
constexpr KnownKey<Limits> kAccountJetStreamKeys[] = {
    {"max_memory", read_limit<&Limits::max_memory>},
    {"max_mem", read_limit<&Limits::max_memory>},
    {"mem", read_limit<&Limits::max_memory>},
    {"memory", read_limit<&Limits::max_memory>},
    {"max_store", read_limit<&Limits::max_store>},
    {"max_file", read_limit<&Limits::max_store>},
    {"max_disk", read_limit<&Limits::max_store>},
    {"store", read_limit<&Limits::max_store>},
    {"disk", read_limit<&Limits::max_store>},
    {"max_streams", read_limit<&Limits::max_streams>},
    {"streams", read_limit<&Limits::max_streams>},
    {"max_consumers", read_limit<&Limits::max_consumers>},
    {"consumers", read_limit<&Limits::max_consumers>},
    {"max_bytes_required", read_max_bytes_required},
    {"max_stream_bytes", read_max_bytes_required},
    {"max_bytes", read_max_bytes_required},
    {"mem_max_stream_bytes", read_limit<&Limits::memory_max_stream_bytes>},
    {"memory_max_stream_bytes", read_limit<&Limits::memory_max_stream_bytes>},
    {"disk_max_stream_bytes", read_limit<&Limits::store_max_stream_bytes>},
    {"store_max_stream_bytes", read_limit<&Limits::store_max_stream_bytes>},
    {"max_ack_pending", read_limit<&Limits::max_ack_pending>},
    {"cluster_traffic", read_cluster_traffic},
};

}  // namespace

void read_account_jetstream(ConfigReader& reader, const ConfigMember& block,
                            std::optional<JetStreamAccountOptions>& to) {
  to.reset();
  if (block.value.is(Kind::kBool)) {
    if (block.value.boolean) to.emplace();
  } else if (block.value.is(Kind::kString)) {
    const std::string word = lower_case(block.value.text);
    if (word == "enabled" || word == "enable") {
      to.emplace();
    } else if (word != "disabled" && word != "disable") {
      reader.error(block.value, "Expected 'enabled' or 'disabled' for string value, got '" +
                                    block.value.text + "'");
    }
  } else if (block.value.is(Kind::kMap)) {
    Limits limits;
    read_map(reader, block.value, kAccountJetStreamKeys, limits);
    to = JetStreamAccountOptions{.tiers = {{"", limits}}};
  } else {
    reader.error(block.value,
                 std::string("Expected map, bool or string to define JetStream, got ") +
                     name_of(block.value.kind));
  }
}

}  // namespace myelin
