// NKeys as text: a kind's prefix, 32 bytes of key and a checksum, in base32. The mathematics of
// keys is the host's.
#pragma once

#include <string>
#include <string_view>

namespace myelin {

// The public key of a server: 56 characters, beginning with 'N'. `key` is 32 bytes.
std::string server_nkey(std::string_view key);

}  // namespace myelin
