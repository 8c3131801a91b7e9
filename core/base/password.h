// Stored secrets: a bcrypt hash, which only the host can check, or plain text.
#pragma once

#include <string_view>

namespace myelin {

// Begins like a bcrypt hash ("$2a$10$", also 2b, 2x, 2y), which is how nats-server tells.
bool is_bcrypt(std::string_view stored);

// Compares all bytes, whatever the first difference, so that timing tells nothing.
bool equals_in_constant_time(std::string_view a, std::string_view b);

}  // namespace myelin
