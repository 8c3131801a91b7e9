#include "hosts/browser/admission.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/storage/memory_storage.h"

namespace myelin {
namespace {

// What the tests say is in use.
uint64_t heap = 0;
uint64_t heap_now() { return heap; }

class KeptLog final : public Log {
 public:
  void write(LogLevel, std::string_view text) override { lines.emplace_back(text); }
  std::vector<std::string> lines;
};

class Door {
 public:
  Door() { heap = 0; }

  ClientId open() {
    const ClientId client = server.open(now, {});
    admission.add(client);
    take();
    return client;
  }
  void send(ClientId client, std::string_view text) {
    admission.receive(now, client, text);
    take();
  }
  void take() {
    for (;;) {
      std::optional<Output> output = server.next_output();
      if (output && !admission.passes(*output)) continue;
      if (!output) output = admission.next_output();
      if (!output) return;
      if (const Write* write = std::get_if<Write>(&*output)) {
        for (const Chunk& chunk : write->chunks) heard += chunk.text();
        if (write->close != Write::Close::kNo) ended.push_back(write->client.value);
      } else if (const PauseRead* pause = std::get_if<PauseRead>(&*output)) {
        paused.push_back(pause->client.value);
      } else if (const ResumeRead* resume = std::get_if<ResumeRead>(&*output)) {
        resumed.push_back(resume->client.value);
      }
    }
  }
  void resume() {
    admission.resume(now);
    take();
  }

  MemoryStorage storage{0};
  KeptLog log;
  Now now{{1'000'000'000}, {}};
  Server server{Options(), storage, Codecs(), log, Seed{1, 2, 3, 4}};
  Admission admission{server, log, 1000, heap_now};
  std::string heard;
  std::vector<uint64_t> paused;
  std::vector<uint64_t> resumed;
  std::vector<uint64_t> ended;
};

constexpr std::string_view kPing = "CONNECT {\"verbose\":false}\r\nPING\r\n";

TEST_CASE("Admission: new links are refused from seven tenths on, until there is enough again") {
  Door door;
  CHECK(door.admission.admits());
  heap = 700;
  CHECK_FALSE(door.admission.admits());
  CHECK(door.log.lines.size() == 1);
  heap = 651;
  CHECK_FALSE(door.admission.admits());
  heap = 649;
  CHECK(door.admission.admits());
  CHECK(door.log.lines.size() == 2);
}

TEST_CASE("Admission: where little is left nobody is read, and what was sent is not lost") {
  Door door;
  const ClientId one = door.open();
  const ClientId two = door.open();
  door.heard.clear();
  heap = 850;
  door.send(one, kPing);
  CHECK(door.heard.empty());
  CHECK(door.paused == std::vector<uint64_t>{one.value, two.value});
  door.send(one, "PING\r\n");
  CHECK(door.paused.size() == 2);
  heap = 801;
  door.resume();
  CHECK(door.resumed.empty());
  heap = 799;
  door.resume();
  CHECK(door.heard == "PONG\r\nPONG\r\n");
  CHECK(door.resumed == std::vector<uint64_t>{one.value, two.value});
}

TEST_CASE("Admission: who goes on sending though it is not read is ended, and nobody else") {
  Door door;
  const ClientId one = door.open();
  const ClientId two = door.open();
  heap = 900;
  const std::string much(Admission::kParkedMax, 'x');
  door.send(one, much);
  CHECK(door.ended.empty());
  door.send(one, "x");
  CHECK(door.ended == std::vector<uint64_t>{one.value});
  door.send(one, "x");
  door.heard.clear();
  heap = 0;
  door.send(two, kPing);
  CHECK(door.heard == "PONG\r\n");
}

TEST_CASE("Admission: a link that the server itself holds back is resumed by both") {
  Door door;
  const ClientId one = door.open();
  CHECK(door.admission.passes(PauseRead{one}));
  heap = 900;
  door.send(one, kPing);
  CHECK(door.paused.empty());
  heap = 0;
  door.resume();
  CHECK(door.resumed.empty());
  CHECK_FALSE(door.admission.passes(ResumeRead{one}));
  door.heard.clear();
  door.resume();
  CHECK(door.resumed == std::vector<uint64_t>{one.value});
  CHECK(door.heard == "PONG\r\n");
}

}  // namespace
}  // namespace myelin
