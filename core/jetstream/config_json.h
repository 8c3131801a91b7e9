// What the JSON of all requests and configs has in common: how strictly it is read, and the fields
// of an object as Go's decoder finds them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"
#include "core/jetstream/api_error.h"

namespace myelin {

// kStrict: a field nobody knows is an error (`jetstream { strict: true }`, the default).
enum class JsonStrictness : uint8_t { kLenient, kStrict };

// kShown: with _nats.ver and _nats.level, as create, update and info responses have them.
enum class ServerMetadata : uint8_t { kHidden, kShown };

}  // namespace myelin
