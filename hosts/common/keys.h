// Keys by libsodium: ed25519 and NaCl's boxes. A host that has no such library lends none.
#pragma once

#include "core/base/key_codecs.h"

namespace myelin {

KeyCodecs key_codecs();

}  // namespace myelin
