#include "hosts/native/service_manager.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

#include "core/base/text.h"
#include "hosts/common/clock.h"

namespace myelin {

namespace {

// A manager that does not read holds nobody up for longer.
constexpr timeval kManagerPatience{.tv_sec = 1, .tv_usec = 0};

}  // namespace

ServiceManager::ServiceManager() {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path != nullptr && (path[0] == '/' || path[0] == '@')) path_ = path;
}

void ServiceManager::reloading() const {
  constexpr int64_t kNanosecondsEach = 1000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + decimal(read_clocks().mono.ns / kNanosecondsEach));
}

void ServiceManager::tell(std::string_view state) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof address.sun_path) return;
  path_.copy(address.sun_path, path_.size());
  if (path_[0] == '@') address.sun_path[0] = '\0';
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kManagerPatience, sizeof kManagerPatience);
  const size_t size = offsetof(sockaddr_un, sun_path) + path_.size();
  sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size));
  close(descriptor);
}

}  // namespace myelin
