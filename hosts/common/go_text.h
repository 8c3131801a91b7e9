// Texts as a Go program would print them, where tools match the official server's messages.
#pragma once

#include <string>
#include <string_view>

namespace myelin {

// What Go calls an errno: "no such file or directory", "address already in use".
std::string go_errno(int error);
// "host:port", and "[host]:port" if the host holds a colon.
std::string join_host_port(std::string_view host, int port);

}  // namespace myelin
