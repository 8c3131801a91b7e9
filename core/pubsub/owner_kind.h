// Whose a timer or a piece of mail is: its `kind` lies in the range of the part of the server that
// made it, and the Server hands it back to that part.
#pragma once

#include <cstdint>

namespace myelin {

inline constexpr uint8_t kClientKinds = 0;
inline constexpr uint8_t kClientExpiryKind = kClientKinds + 3;  // who it is ends
inline constexpr uint8_t kExchangeKinds = 32;  // exports and imports between accounts
inline constexpr uint8_t kIdentityKinds = 64;  // who vouches for whom
inline constexpr uint8_t kSystemKinds = 96;    // the system account's services
inline constexpr uint8_t kJetStreamKinds = 128;
inline constexpr uint8_t kServerKinds = 240;

}  // namespace myelin
