// Sizes as nats-server's jetstream block spells them ("512M", powers of 1024), and as its log does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace myelin {

// Digits and one of K, M, G, T; an empty text is 0. The error is what is wrong with it.
Result<int64_t, std::string> parse_size(std::string_view text);

// "953.67 MB", "12 B".
std::string friendly_size(int64_t bytes);

}  // namespace myelin
