// What a client signed to show that a key is its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/key_codecs.h"
#include "core/base/result.h"

namespace myelin {

// That the holder of the public key (an nkey) signed the nonce. The signature is in base64, of
// either alphabet. The error is nats-server's, for the debug log.
Result<SignatureCheck> check_of_nonce(std::string_view nkey, std::string_view nonce,
                                      std::string_view signature);
// The same of a proxy, which writes base64 of the url's alphabet alone.
Result<SignatureCheck> check_of_proxy(std::string_view nkey, std::string_view nonce,
                                      std::string_view signature);

}  // namespace myelin
