// BrowserHost: one Server and what it stands on, for a host that is written in another language and
// lives on the other side of a WebAssembly border. exports.cc is that border; here are the calls
// behind it, in plain C++.
//
//     configure, set_limits, add_slots   before start
//     start, recover until done          then links
//     per batch of events: set_clock; open, receive, written, close; advance if it is due;
//         next_output until there is none; commit, and again outputs while it reported something;
//         a timer for deadline(); slots_wanted
//
// Where it was given no slots, what streams keep in files is kept in memory, and ends with it.
//
// Memory is bounded by Admission. A log-in never needs a Task here: the configuration refuses
// passwords that would.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/server.h"
#include "core/storage/memory_storage.h"
#include "hosts/browser/admission.h"
#include "hosts/browser/browser_config.h"
#include "hosts/browser/slot_storage.h"

namespace myelin {

class BrowserHost {
 public:
  // Log and Slots outlive it.
  BrowserHost(Log& log, Slots& slots, Admission::HeapInUse heap_in_use);
  ~BrowserHost();
  BrowserHost(const BrowserHost&) = delete;
  BrowserHost& operator=(const BrowserHost&) = delete;

  // Where the other side puts what a call takes. Good until it is asked for again.
  char* input(uint32_t size);
  std::string_view input_text(uint32_t size) const;
  // What the last call had to say: why it failed, or what was asked for.
  const std::string& text() const { return text_; }

  void set_clock(Now now) { now_ = now; }
  bool configure(std::string_view text);
  void set_limits(BrowserLimits limits);
  void add_slots(uint32_t count);
  uint32_t slots_wanted() const;
  bool start(const Seed& seed);
  // Nothing: it failed.
  std::optional<RecoverProgress> recover();

  // Nothing: it is refused, and text() is what the peer should be told.
  std::optional<ClientId> open(std::string_view address, uint16_t port);
  void receive(ClientId client, std::string_view bytes);
  void written(ClientId client, uint64_t size);
  void close(ClientId client);
  void advance();
  std::optional<Instant> deadline() const;
  // Good until the next call.
  const Output* next_output();
  // True: something was reported to the Server, which may have more to say.
  bool commit();

  QueryId query(std::string_view path, std::string_view parameters);
  void cancel_query(QueryId query);
  bool reload(std::string_view text);
  void lame_duck();
  void shut_down();
  bool flush();
  bool is_empty() const;
  void tell_id();

 private:
  Status open_storage();
  Storage& storage();
  Options options() const;
  void print_beginning();
  bool is_for_us(const Output& output);

  Log& log_;
  Slots& slots_;
  const Admission::HeapInUse heap_in_use_;
  std::string input_;
  std::string text_;
  Now now_{};
  Config config_;
  BrowserLimits limits_;
  uint32_t slots_given_ = 0;  // before start
  std::unique_ptr<SlotStorage> slot_storage_;
  std::unique_ptr<MemoryStorage> memory_storage_;
  std::unique_ptr<Server> server_;
  std::optional<Admission> admission_;
  std::optional<Output> output_;
};

}  // namespace myelin
