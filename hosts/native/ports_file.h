// The ports file, by which test harnesses learn which ports the kernel chose:
//
//     <dir>/<program>_<pid>.ports     {"nats":["nats://127.0.0.1:40001"]}
//
// Kinds of listeners that are not open are left out.
#pragma once

#include <string>
#include <vector>

namespace myelin {

struct Ports {
  std::vector<std::string> nats;
  std::vector<std::string> monitoring;
  std::vector<std::string> cluster;
  std::vector<std::string> profile;
  std::vector<std::string> websocket;
};

std::string ports_json(const Ports& ports);
// `program` is argv[0]: its last component names the file.
std::string ports_file_path(const std::string& directory, std::string_view program, int pid);
// One URL for the address a listener is bound to; for an any-address one for each address of this
// machine.
std::vector<std::string> listener_urls(std::string_view scheme, const std::string& bound_ip,
                                       int port);

}  // namespace myelin
