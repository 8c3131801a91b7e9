#include "core/jetstream/metadata.h"

#include <charconv>

#include "core/base/text.h"
#include "core/version.h"

namespace myelin {
namespace {

constexpr char kRequiredLevel[] = "_nats.req.level";
constexpr char kServerVersion[] = "_nats.ver";
constexpr char kServerLevel[] = "_nats.level";

}  // namespace

size_t size_of(const Metadata& metadata) {
  size_t size = 0;
  for (const auto& [name, value] : metadata) size += name.size() + value.size();
  return size;
}

bool is_same_but_level(const Metadata& a, const Metadata& b) {
  Metadata rest_of_a = a;
  Metadata rest_of_b = b;
  rest_of_a.erase(kRequiredLevel);
  rest_of_b.erase(kRequiredLevel);
  return rest_of_a == rest_of_b;
}

void set_required_level(Metadata& metadata, int level) {
  metadata.erase(kServerVersion);
  metadata.erase(kServerLevel);
  metadata[kRequiredLevel] = decimal(level);
}

bool is_level_supported(const Metadata& metadata) {
  const auto found = metadata.find(kRequiredLevel);
  return found == metadata.end() || is_level_supported(found->second);
}

bool is_level_supported(std::string_view required) {
  if (required.empty()) return true;
  if (required.size() > 1 && required[0] == '+' && required[1] != '-') required.remove_prefix(1);
  int level = 0;
  const char* end = required.data() + required.size();
  const auto parsed = std::from_chars(required.data(), end, level);
  return parsed.ec == std::errc() && parsed.ptr == end && level <= kJetStreamApiLevel;
}

void write(JsonWriter& json, const Metadata& metadata, ServerMetadata server_metadata) {
  Metadata shown = metadata;
  if (server_metadata == ServerMetadata::kShown) {
    shown[kServerVersion] = kNatsVersion;
    shown[kServerLevel] = decimal(kJetStreamApiLevel);
  }
  if (shown.empty()) return;
  json.name("metadata");
  json.begin_object();
  for (const auto& [name, value] : shown) json.field(name, value);
  json.end_object();
}

}  // namespace myelin
