#include "tests/bench/held_connections.h"

#include <algorithm>
#include <string>

#include "tests/bench/client.h"
#include "tests/bench/scenario.h"

namespace bench {
namespace {

constexpr uint64_t kConnectedTogether = 200;

std::string connection_subject(uint64_t number) {
  return "devices." + std::to_string(number) + ".commands";
}

// Reads until a frame of this kind, and forgets the rest: ten thousand clients need no buffers.
std::string skip_to(Link& link, FrameKind kind) {
  Inbound inbound(Inbound::kSmall);
  Frame frame;
  do {
    while (!inbound.next(frame)) inbound.receive(link);
  } while (frame.kind != kind);
  return std::string(frame.line);
}

// The connections come in groups, as they would after a restart; each is fenced. A handshake is not
// kept waiting for the others': servers close who takes two seconds.
void connect_group(const Address& address, uint64_t size, const Greeting& greet,
                   std::vector<Link>& links) {
  const size_t first = links.size();
  std::vector<std::string> infos;
  for (uint64_t i = 0; i < size; ++i) {
    Link& link = links.emplace_back(address);
    if (address.wire != Wire::kTls) continue;
    infos.push_back(skip_to(link, FrameKind::kInfo));
    link.start_tls();
  }
  for (size_t i = first; i < links.size(); ++i) {
    if (address.wire != Wire::kTls) infos.push_back(skip_to(links[i], FrameKind::kInfo));
    links[i].send(greet(i, infos[i - first]) + "SUB " + connection_subject(i) + " 1\r\nPING\r\n");
  }
  for (size_t i = first; i < links.size(); ++i) skip_to(links[i], FrameKind::kPong);
}

}  // namespace

std::vector<Link> hold_connections(const Address& address, uint64_t count) {
  return hold_connections(address, count,
                          [](uint64_t, std::string_view) { return connect_line({}); });
}

std::vector<Link> hold_connections(const Address& address, uint64_t count, const Greeting& greet) {
  std::vector<Link> links;
  while (links.size() < count) {
    connect_group(address, std::min(count - links.size(), kConnectedTogether), greet, links);
  }
  return links;
}

double growth_each(const ServerProcess& server, uint64_t before, uint64_t count) {
  const uint64_t now = server.memory().anonymous;
  return static_cast<double>(now - std::min(now, before)) / static_cast<double>(count);
}

double memory_per_connection(const ServerProcess& server, const Address& address,
                             const Effort& effort) {
  sleep_seconds(effort.settle_seconds);
  const uint64_t before = server.memory().anonymous;
  const uint64_t count =
      address.wire == Wire::kTls ? effort.secured_connections : effort.connections;
  const std::vector<Link> links = hold_connections(address, count);
  sleep_seconds(effort.settle_seconds);
  return growth_each(server, before, count);
}

}  // namespace bench
