#include "hosts/uv/queries.h"

#include <catch2/catch.hpp>
#include <vector>

#include "core/storage/memory_storage.h"
#include "hosts/common/entropy.h"

namespace myelin {
namespace {

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

// A Server whose outputs all go to its Queries.
struct Host {
  NoLog log;
  MemoryStorage storage{0};
  Server server{{}, storage, {}, log, random_seed()};
  Queries queries{server};
  std::vector<Report> heard;

  Queries::Ticket ask(std::string path) {
    return queries.ask({.path = std::move(path),
                        .taker = [this](Report slice) { heard.push_back(std::move(slice)); }});
  }
  void drain() {
    while (std::optional<Output> output = server.next_output()) {
      if (Report* report = std::get_if<Report>(&*output)) queries.take(std::move(*report));
    }
  }
};

}  // namespace

TEST_CASE("Queries: an asker hears its report") {
  Host host;
  host.ask("/healthz");
  CHECK(host.heard.empty());
  host.drain();
  REQUIRE(host.heard.size() == 1);
  CHECK(host.heard[0].status == 200);
  CHECK(host.heard[0].bytes == R"({"status":"ok"})");
  CHECK(host.heard[0].last);
}

TEST_CASE("Queries: a crowd is answered in order") {
  Host host;
  for (size_t count = 0; count < 3 * Queries::kAskedMax; ++count) host.ask("/healthz");
  host.drain();
  REQUIRE(host.heard.size() == 3 * Queries::kAskedMax);
  for (size_t index = 1; index < host.heard.size(); ++index) {
    CHECK(host.heard[index - 1].id.value < host.heard[index].id.value);
  }
}

TEST_CASE("Queries: who left hears nothing, asked or waiting, and others take the place") {
  Host host;
  std::vector<Queries::Ticket> tickets;
  for (size_t count = 0; count < 2 * Queries::kAskedMax; ++count) {
    tickets.push_back(host.ask("/healthz"));
  }
  host.queries.cancel(tickets.front());
  host.queries.cancel(tickets.back());
  host.queries.cancel(tickets.back());
  host.drain();
  CHECK(host.heard.size() == tickets.size() - 2);
}

TEST_CASE("Queries: an asker may ask and cancel while it is told") {
  Host host;
  Queries::Ticket other = 0;
  int told = 0;
  host.queries.ask({.path = "/healthz", .taker = [&](Report) {
                      ++told;
                      host.queries.cancel(other);
                      host.ask("/none");
                    }});
  other = host.ask("/healthz");
  host.drain();
  CHECK(told == 1);
  REQUIRE(host.heard.size() == 1);
  CHECK(host.heard[0].status == 404);
}

}  // namespace myelin
