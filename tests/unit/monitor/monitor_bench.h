// A Server in memory with clients and a disk that syncs at once, and its reports.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/server.h"
#include "core/storage/memory_storage.h"

namespace myelin {

class MonitorBench {
 public:
  struct Answer {
    int status = 0;
    std::string content_type;
    std::string text;
    size_t slices = 0;
    size_t slice_max = 0;  // bytes
  };

  explicit MonitorBench(Options options = {}, bool recovers = true)
      : server(std::move(options), storage, Codecs{}, log_, Seed{1, 2, 3, 4}) {
    while (recovers && recover_slice() == RecoverProgress::kMore) continue;
  }
  // Another start on what a server left; it has recovered nothing yet.
  MonitorBench(Options options, MemoryStorage& left)
      : server(std::move(options), left, Codecs{}, log_, Seed{5, 6, 7, 8}) {}
  RecoverProgress recover_slice() {
    const RecoverProgress progress = server.recover(now).value();
    drain();
    return progress;
  }
  static Options with_jetstream() {
    Options options;
    options.jetstream = JetStreamOptions{.max_memory_store = 1 << 20, .max_file_store = 1 << 20};
    return options;
  }

  ClientId open(Peer peer = {.address = "127.0.0.1", .port = 7}) {
    const ClientId client = server.open(now, std::move(peer));
    drain();
    return client;
  }
  ClientId connect(const std::string& name) {
    const ClientId client = open();
    say(client, "CONNECT {\"verbose\":false,\"lang\":\"cpp\",\"version\":\"1\",\"name\":\"" + name +
                    "\"}\r\n");
    return client;
  }
  void say(ClientId client, std::string_view text) {
    server.receive(now, client, as_bytes(text));
    drain();
  }
  void publish(ClientId client, const std::string& subject, const std::string& payload) {
    say(client,
        "PUB " + subject + " " + std::to_string(payload.size()) + "\r\n" + payload + "\r\n");
  }
  void close(ClientId client) {
    server.close(now, client, LinkEnd::kPeerClosed);
    drain();
  }
  void pass(Duration span) {
    now.mono = now.mono + span;
    now.wall.unix_ns += span.count();
    server.advance(now);
    drain();
  }

  QueryId ask(std::string_view url, const HostFacts& host = {}) {
    const size_t mark = url.find('?');
    const std::string_view parameters = mark == std::string_view::npos ? "" : url.substr(mark + 1);
    const QueryId id = server.query(now, url.substr(0, mark), parameters, host);
    drain();
    return id;
  }
  // The whole answer, with as many turns as it takes.
  Answer get(std::string_view url, const HostFacts& host = {}) {
    const QueryId id = ask(url, host);
    while (!is_whole(id)) {
      REQUIRE(server.deadline() == now.mono);
      server.advance(now);
      drain();
    }
    return answers_[id.value];
  }
  JsonDocument json(std::string_view url) {
    auto document = JsonDocument::parse(get(url).text, 32);
    REQUIRE(document);
    return std::move(*document);
  }
  bool is_whole(QueryId id) { return whole_.count(id.value) > 0; }
  Answer answer(QueryId id) { return answers_[id.value]; }

  MemoryStorage storage{64 << 20};
  Now now{Instant{1'000'000'000}, WallTime{1'700'000'000'000'000'000}};
  Server server;
  std::map<uint64_t, std::string> heard;  // by client

 private:
  class Silence : public Log {
   public:
    void write(LogLevel, std::string_view) override {}
  };

  void drain() {
    for (bool again = true; again;) {
      while (std::optional<Output> output = server.next_output()) take(*output);
      again = false;
      for (const MemoryStorage::Synced& synced : storage.take_synced()) {
        server.synced(now, synced.ticket, synced.failed);
        again = true;
      }
    }
  }
  void take(Output& output) {
    if (auto* write = std::get_if<Write>(&output)) {
      uint64_t size = 0;
      for (const Chunk& chunk : write->chunks) {
        size += chunk.size;
        heard[write->client.value].append(chunk.text());
      }
      if (size > 0) server.written(now, write->client, size);
    } else if (auto* report = std::get_if<Report>(&output)) {
      Answer& answer = answers_[report->id.value];
      if (answer.slices++ == 0) {
        answer.status = report->status;
        answer.content_type = report->content_type;
      }
      answer.text += report->bytes;
      answer.slice_max = std::max(answer.slice_max, report->bytes.size());
      if (report->last) ++whole_[report->id.value];
    }
  }

  Silence log_;
  std::map<uint64_t, Answer> answers_;
  std::map<uint64_t, int> whole_;
};

}  // namespace myelin
