// --healthz: asks a running server's monitoring whether it is healthy. For containers and
// supervisors, which know exit codes and have no HTTP client of their own.
#pragma once

#include <string>

namespace myelin {

// `address` is host:port of plain HTTP, with or without http:// before it and a base path after.
// The process's exit code: 0 if the server is healthy; otherwise why not is said on stderr.
int check_health(const std::string& address);

}  // namespace myelin
