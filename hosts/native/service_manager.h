// Tells the service manager that started the daemon (systemd's Type=notify) how it is: a datagram
// to the socket that $NOTIFY_SOCKET names. Without one it says nothing; that one is deaf is no
// reason to fail.
#pragma once

#include <string>
#include <string_view>

namespace myelin {

class ServiceManager {
 public:
  ServiceManager();

  void ready() const { tell("READY=1"); }
  // To be followed by ready(), however it went.
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }

 private:
  void tell(std::string_view state) const;

  std::string path_;  // empty: nobody listens; a leading '@' stands for the abstract name's zero
};

}  // namespace myelin
