// Host: a Server with its links in this process, in virtual time. What a client is sent is cut into
// messages here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/server.h"
#include "core/storage/memory_storage.h"

namespace myelin::exchange {

struct Received {
  size_t client = 0;
  size_t subscription = 0;
  std::string subject;
  std::string reply;
  std::string headers;
  std::string payload;
};

class Host {
 public:
  Host(Options options, uint64_t seed);

  void open(size_t client);
  void send(size_t client, std::string_view bytes);
  void close(size_t client);
  void reload(Options options);
  void wait(Instant end);
  // Messages that came since the last call.
  std::vector<Received> take();
  // The last error a client was told, and forgets; or nothing.
  std::string take_error(size_t client);
  bool is_closed(size_t client) const { return !links_.contains(client); }
  Instant now() const { return now_.mono; }
  // The body of a monitoring report.
  std::string report(std::string_view path);

 private:
  struct Link {
    ClientId id;
    std::string pending;
    std::string error;
  };
  class NoLog final : public Log {
   public:
    void write(LogLevel, std::string_view) override {}
  };

  void pass();
  void drain();
  void take(size_t client, Link& link, std::vector<Received>& into);

  NoLog log_;
  MemoryStorage storage_;
  Now now_{{1'000'000'000}, {1'700'000'000LL * 1'000'000'000LL}};
  Server server_;
  std::map<size_t, Link> links_;
  std::map<uint64_t, size_t> clients_;
  std::string report_;
};

}  // namespace myelin::exchange
