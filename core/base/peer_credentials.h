// PeerCredentials: who a peer says it is besides its CONNECT, which has the last word: a
// WebSocket's cookies.
#pragma once

#include <string>

namespace myelin {

struct PeerCredentials {
  std::string user;
  std::string password;
  std::string token;
  std::string jwt;
};

}  // namespace myelin
