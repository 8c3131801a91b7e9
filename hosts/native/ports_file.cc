#include "hosts/native/ports_file.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>

#include "core/base/json.h"
#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/uv/socket_address.h"

namespace myelin {
namespace {

void add_urls(JsonWriter& json, std::string_view name, const std::vector<std::string>& urls) {
  if (urls.empty()) return;
  json.name(name).begin_array();
  for (const std::string& url : urls) json.value(std::string_view(url));
  json.end_array();
}

struct InterfaceAddress {
  unsigned interface;
  std::string ip;
};

// In the order of the interfaces, as Go lists them; the system lists by family.
std::vector<std::string> own_addresses() {
  std::vector<InterfaceAddress> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {};
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    SocketAddress address;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::memcpy(&address.storage, each->ifa_addr,
                family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    found.push_back({if_nametoindex(each->ifa_name), address.ip()});
  }
  freeifaddrs(all);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.interface < b.interface; });
  std::vector<std::string> addresses;
  for (const InterfaceAddress& address : found) addresses.push_back(address.ip);
  return addresses;
}

}  // namespace

std::string ports_json(const Ports& ports) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  add_urls(json, "nats", ports.nats);
  add_urls(json, "monitoring", ports.monitoring);
  add_urls(json, "cluster", ports.cluster);
  add_urls(json, "profile", ports.profile);
  add_urls(json, "websocket", ports.websocket);
  json.end_object();
  return text;
}

std::string ports_file_path(const std::string& directory, std::string_view program, int pid) {
  const size_t slash = program.rfind('/');
  if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
  std::string path = directory;
  if (!path.ends_with('/')) path += '/';
  path += program;
  return path += "_" + decimal(pid) + ".ports";
}

std::vector<std::string> listener_urls(std::string_view scheme, const std::string& bound_ip,
                                       int port) {
  const bool is_any = bound_ip == "::" || bound_ip == "0.0.0.0";
  std::vector<std::string> urls;
  for (const std::string& ip : is_any ? own_addresses() : std::vector{bound_ip}) {
    urls.push_back(std::string(scheme) + "://" + join_host_port(ip, port));
  }
  return urls;
}

}  // namespace myelin
