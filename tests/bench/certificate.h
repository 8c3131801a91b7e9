// A certificate signed by its own key (P-256), made for one run.
#pragma once

#include <string>

namespace bench {

// As PEM, the certificate and its key.
std::string make_certificate();

}  // namespace bench
