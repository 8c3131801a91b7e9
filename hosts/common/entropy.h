// Random bytes of the operating system: the seed of a Server and what must not be guessed.
#pragma once

#include <string>

#include "core/base/random.h"
#include "core/server.h"

namespace myelin {

// Each ends the process if the system has none to give: there is nothing safe to go on with.
std::string random_nonce();  // a Peer's
ServerSecrets random_secrets();
Seed random_seed();

}  // namespace myelin
