// A module that holds the whole core and nothing else, so that its imports are the core's: the host
// contract as exported functions that a test never calls.
#include <cstdint>
#include <string_view>

#include "core/server.h"
#include "core/storage/memory_storage.h"

namespace {

class SilentLog final : public myelin::Log {
 public:
  void write(myelin::LogLevel, std::string_view) override {}
};

}  // namespace

extern "C" {

__attribute__((used, visibility("default"))) uint64_t probe(const std::byte* bytes, size_t size) {
  using namespace myelin;
  MemoryStorage storage(1 << 20);
  SilentLog log;
  Server server(Options{}, storage, Codecs{}, log, Seed{});
  const Now now{.mono = {0}, .wall = {0}};
  uint64_t sum = server.recover(now).ok() ? 1 : 0;
  const ClientId client = server.open(now, Peer{});
  server.secured(now, client, TlsFacts{});
  server.receive(now, client, Bytes(bytes, size));
  server.written(now, client, size);
  server.synced(now, SyncTicket{}, FileErrors{});
  server.done(now, TaskId{}, std::string("1"));
  sum += server.query(now, "/healthz", "", {}).value;
  server.reload(now, Options{});
  server.lame_duck(now);
  server.advance(now);
  while (const auto output = server.next_output()) sum += output->index();
  server.shut_down(now);
  server.close(now, client, LinkEnd::kPeerClosed);
  return sum + static_cast<uint64_t>(server.deadline().value_or(Instant{}).ns);
}
}
