#include "core/system/server_info.h"

#include "core/base/rfc3339.h"
#include "core/version.h"

namespace myelin {
namespace {

// What a server can do, as others read it: it has JetStream, and sends snapshots in binary.
constexpr uint64_t kJetStreamFlag = 1;
constexpr uint64_t kBinarySnapshotFlag = 2;

}  // namespace

void ServerInfo::write(JsonWriter& json) {
  const Options& options = context_.options;
  json.begin_object();
  json.field("name", context_.server_name);
  json.field("host", options.host);
  json.field("id", context_.server_id);
  json.field("ver", kNatsVersion);
  if (!options.monitor.tags.empty()) {
    json.name("tags").begin_array();
    for (const std::string& tag : options.monitor.tags) json.value(tag);
    json.end_array();
  }
  if (!options.monitor.metadata.empty()) {
    json.name("metadata").begin_object();
    for (const auto& [name, value] : options.monitor.metadata) json.field(name, value);
    json.end_object();
  }
  json.name("feature_flags").begin_object();
  for (const char* none : {"js_ack_fc_v2", "js_raft_delete_range"}) json.field(none, false);
  json.end_object();
  json.field("jetstream", options.jetstream.has_value());
  json.field("flags", options.jetstream ? kJetStreamFlag | kBinarySnapshotFlag : uint64_t{0});
  json.field("seq", ++sequence_);
  json.field("time", rfc3339(context_.now.wall));
  json.end_object();
}

}  // namespace myelin
