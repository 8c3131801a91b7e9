// A Server and its host in miniature, in virtual time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/text.h"
#include "core/server.h"
#include "core/storage/memory_storage.h"

namespace myelin {

class CollectedLog : public Log {
 public:
  void write(LogLevel, std::string_view text) override { lines.emplace_back(text); }
  std::vector<std::string> lines;
};

// A host in miniature: what was written to whom, and what was asked of it.
struct Bench {
  explicit Bench(Options options = {}, const Codecs& codecs = {})
      : server(std::move(options), storage, codecs, log, Seed{1, 2, 3, 4}) {}

  ClientId open(Peer peer = {}) {
    const ClientId client = server.open(now, std::move(peer));
    drain();
    return client;
  }
  std::string say(ClientId client, std::string_view text) {
    heard[client.value].clear();
    server.receive(now, client, as_bytes(text));
    drain();
    return heard[client.value];
  }
  void pass(Duration span) {
    now.mono = now.mono + span;
    server.advance(now);
    drain();
  }
  void drain() {
    while (std::optional<Output> output = server.next_output()) {
      if (auto* write = std::get_if<Write>(&*output)) {
        uint64_t size = 0;
        for (const Chunk& chunk : write->chunks) {
          heard[write->client.value] += chunk.text();
          size += chunk.size;
        }
        starts_tls = starts_tls || write->start_tls;
        if (write->close != Write::Close::kNo) closed[write->client.value] = write->close;
        if (takes_bytes) server.written(now, write->client, size);
      } else if (auto* task = std::get_if<Task>(&*output)) {
        tasks.push_back(*task);
      } else if (auto* cancel = std::get_if<CancelTask>(&*output)) {
        std::erase_if(tasks,
                      [&](const Task& queued) { return queued.id.value == cancel->id.value; });
      } else if (std::get_if<PauseRead>(&*output) != nullptr) {
        ++pauses;
      } else if (std::get_if<ResumeRead>(&*output) != nullptr) {
        ++resumes;
      } else if (auto* report = std::get_if<Report>(&*output)) {
        reports.push_back(*report);
      }
    }
  }

  MemoryStorage storage{1 << 20};
  CollectedLog log;
  Now now{Instant{1'000'000'000}, WallTime{}};
  Server server;
  std::map<uint64_t, std::string> heard;
  std::map<uint64_t, Write::Close> closed;
  std::vector<Task> tasks;
  std::vector<Report> reports;
  int pauses = 0;
  int resumes = 0;
  bool starts_tls = false;
  bool takes_bytes = true;
};

}  // namespace myelin
