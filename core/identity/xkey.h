// Sealed messages between holders of xkeys, as nkeys has them: "xkv1", a nonce of 24 bytes, and a
// box that only the two can open or have sealed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/key_codecs.h"

namespace myelin {

inline constexpr size_t kXkeyNonceSize = 24;

// `seed` is 32 bytes, `nonce` 24 that are used once with this pair; the other side is named by its
// public xkey. Nothing if that is none, or the host lends no such mathematics.
std::optional<std::string> seal_for_xkey(const KeyCodecs& codecs, std::string_view seed,
                                         std::string_view recipient, std::string_view nonce,
                                         std::string_view message);
// Nothing if it was not sealed for us, by `sender`, in this version.
std::optional<std::string> open_from_xkey(const KeyCodecs& codecs, std::string_view seed,
                                          std::string_view sender, std::string_view sealed);

}  // namespace myelin
