// For hosts without libsodium: configurations that need keys are refused before it matters.
#include "hosts/common/keys.h"

namespace myelin {

KeyCodecs key_codecs() { return {}; }

}  // namespace myelin
