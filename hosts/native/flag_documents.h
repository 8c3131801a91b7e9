// What is written about the flags: the help, a shell's completions, a manual's section. All of it
// comes from the table of flags.
#pragma once

#include <string>

namespace myelin {

// What nats-server's --help prints, and a line for each flag of our own.
std::string usage_text();
std::string tls_help_text();

// Scripts that the shells load for the command myelin-server.
std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// The OPTIONS of a manual page, in man's language.
std::string manual_options();

}  // namespace myelin
