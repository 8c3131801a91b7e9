// Metadata: what a config carries along for those who read it, and the API level (ADR-44) in it.
// _nats.req.level is kept with the config; _nats.ver and _nats.level are only shown in responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace myelin {

using Metadata = std::map<std::string, std::string>;

inline constexpr size_t kMetadataSizeMax = 128 * 1024;

// kShown: with _nats.ver and _nats.level, as create, update and info responses have them.
enum class ServerMetadata : uint8_t { kHidden, kShown };

// Bytes of names and values.
size_t size_of(const Metadata& metadata);

// Whether two are the same but for the levels they require.
bool is_same_but_level(const Metadata& a, const Metadata& b);

// What is kept of a request's metadata: its required level set, what is only shown dropped.
void set_required_level(Metadata& metadata, int level);

// Whether a config asks for no more than this server speaks; one without a level does not.
bool is_level_supported(const Metadata& metadata);
// The same of a Nats-Required-Api-Level header's value; an empty one asks for nothing.
bool is_level_supported(std::string_view required);

// The field "metadata", left out where there is nothing in it.
void write(JsonWriter& json, const Metadata& metadata, ServerMetadata server_metadata);

}  // namespace myelin
