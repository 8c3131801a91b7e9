// A messaging server inside a program, without a socket or a thread: two links of one Server, and a
// message from one to the other. What a link sends is fed in, what it receives is taken out.

#include <cstdio>
#include <string_view>

#include "core/server.h"
#include "core/storage/memory_storage.h"

namespace {

class Silence final : public myelin::Log {
  void write(myelin::LogLevel, std::string_view) override {}
};

// The program's clock. A real host reads one; nothing here waits, so any fixed time will do.
constexpr myelin::Now kNow{};

// Takes all output, shows what is for `link`, and reports it as written.
void show_output(myelin::Server& server, myelin::ClientId link) {
  while (const auto output = server.next_output()) {
    const auto* write = std::get_if<myelin::Write>(&*output);
    if (write == nullptr) continue;
    for (const myelin::Chunk& chunk : write->chunks) {
      if (write->client == link) {
        std::printf("%.*s", static_cast<int>(chunk.size), chunk.text().data());
      }
      server.written(kNow, write->client, chunk.size);
    }
  }
}

}  // namespace

int main() {
  myelin::MemoryStorage storage(1 << 20);
  Silence log;
  myelin::Server server({}, storage, {}, log, {1, 2, 3, 4});

  const myelin::ClientId ann = server.open(kNow, {.kind = myelin::LinkKind::kInProcess});
  const myelin::ClientId bob = server.open(kNow, {.kind = myelin::LinkKind::kInProcess});
  constexpr std::string_view kConnect = "CONNECT {\"verbose\":false}\r\n";
  for (const myelin::ClientId link : {ann, bob}) {
    server.receive(kNow, link, myelin::as_bytes(kConnect));
  }
  server.receive(kNow, bob, myelin::as_bytes("SUB greet.* 1\r\n"));
  server.receive(kNow, ann, myelin::as_bytes("PUB greet.bob 10\r\nhello, Bob\r\n"));
  show_output(server, bob);
}
