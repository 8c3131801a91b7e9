#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/clock.h"
#include "tests/bench/configuration_file.h"
#include "tests/bench/failure.h"
#include "tests/bench/held_connections.h"
#include "tests/bench/http_get.h"
#include "tests/bench/requester.h"
#include "tests/bench/scenario.h"
#include "tests/bench/statistics.h"

namespace bench {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kPauseSeconds = 0.05;  // between two questions

// Asks again and again in a thread of its own, and times each answer.
class Questioner {
 public:
  Questioner(uint16_t port, std::string target, uint64_t count, uint64_t connections)
      : thread_([=, this] { ask(port, target, count, connections); }) {}
  ~Questioner() {
    if (thread_.joinable()) thread_.join();
  }

  bool is_over() const { return is_over_; }

  // Milliseconds, in the order of the questions.
  std::vector<double> times() {
    thread_.join();
    if (!error_.empty()) throw Failure(error_);
    return times_;
  }
  size_t answer_size() const { return answer_size_; }

 private:
  void ask(uint16_t port, const std::string& target, uint64_t count, uint64_t connections) {
    try {
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t began = wall_ns();
        const std::string answer = http_get(port, target);
        times_.push_back(static_cast<double>(wall_ns() - began) / kNsPerMs);
        check(answer, connections);
        answer_size_ = answer.size();
        sleep_seconds(kPauseSeconds);
      }
    } catch (const Failure& failure) {
      error_ = failure.what();
    }
    is_over_ = true;
  }

  // A server that left some out would be quick.
  static void check(const std::string& answer, uint64_t connections) {
    uint64_t count = 0;
    for (size_t i = answer.find("\"cid\":"); i != std::string::npos;
         i = answer.find("\"cid\":", i + 1)) {
      ++count;
    }
    if (count < connections) {
      throw Failure("/connz tells of " + std::to_string(count) + " connections only");
    }
  }

  std::vector<double> times_;
  size_t answer_size_ = 0;
  std::string error_;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

double p99_ms(std::vector<uint32_t> latencies) { return percentile(latencies, 0.99) / kNsPerMs; }

// The time of an answer, p99 of a request-reply beside it less p99 without, both, the slowest
// answer, its size, server time per answer, and how many requests there were meanwhile.
std::vector<double> ask_connz(ServerProcess& server, const std::string& query,
                              const Effort& effort) {
  const uint16_t http = server.port_in_log("Starting http monitor on ");
  const std::vector<Link> links = hold_connections(server.port(), effort.connections);
  Requester requester(server.port());
  requester.request_many(effort.warm_up_requests);
  const std::string target = "/connz?limit=" + std::to_string(effort.connections + 100) + query;
  http_get(http, target);
  std::vector<uint32_t> alone = requester.request_many(effort.requests_beside_questions / 2);

  const uint64_t cpu_before = server.cpu_ns();
  Questioner lonely(http, target, effort.questions, effort.connections);
  std::vector<double> times = lonely.times();
  const double cpu_ms = static_cast<double>(server.cpu_ns() - cpu_before) / kNsPerMs;

  Questioner questioner(http, target, effort.questions, effort.connections);
  std::vector<uint32_t> beside;
  while (!questioner.is_over()) beside.push_back(requester.request());
  questioner.times();
  for (const uint32_t latency : requester.request_many(effort.requests_beside_questions / 2)) {
    alone.push_back(latency);
  }
  const double alone_ms = p99_ms(alone);
  const double beside_ms = p99_ms(beside);
  return {median(times),
          beside_ms - alone_ms,
          alone_ms,
          beside_ms,
          *std::max_element(times.begin(), times.end()),
          static_cast<double>(questioner.answer_size()),
          cpu_ms / static_cast<double>(effort.questions),
          static_cast<double>(*std::max_element(beside.begin(), beside.end())) / kNsPerMs};
}

Scenario connz(const std::string& id, const std::string& query) {
  const std::string title =
      "/connz" + std::string(query.empty() ? "" : "?" + query.substr(1)) + " of 10,000 connections";
  return {.id = id,
          .rows = {{title + ": time of the answer", Unit::kMilliseconds, {Goal::Kind::kValue, 200}},
                   {title + ": p99 of a request beside it, less without",
                    Unit::kMilliseconds,
                    {Goal::Kind::kValue, 2}},
                   {title + ": p99 without", Unit::kMilliseconds, {}, true},
                   {title + ": p99 beside it", Unit::kMilliseconds, {}, true},
                   {title + ": the slowest answer", Unit::kMilliseconds, {}, true},
                   {title + ": size", Unit::kBytes, {}, true},
                   {title + ": CPU of an answer", Unit::kMilliseconds, {}, true},
                   {title + ": the slowest request beside it", Unit::kMilliseconds, {}, true}},
          .measure = [query](const std::string& path, const Effort& effort) {
            const ConfigurationFile configuration("http: \"127.0.0.1:-1\"");
            return measure_on_server(
                path, {"-c", configuration.path()},
                [&](ServerProcess& server) { return ask_connz(server, query, effort); });
          }};
}

}  // namespace

std::vector<Scenario> monitoring_scenarios() {
  return {connz("connz_10000", ""), connz("connz_subs_10000", "&subs=1")};
}

}  // namespace bench
