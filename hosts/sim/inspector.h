// Inspector: looks at what a server holds, over a link of its own and at a time when nothing goes
// wrong. Every question is answered before the call returns; a server that does not answer breaks
// its promise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "hosts/sim/checker.h"
#include "hosts/sim/wire_client.h"

namespace myelin::sim {

class Inspector {
 public:
  // `user` as in WireClient.
  explicit Inspector(World& world, std::string_view user = {});

  WireMessage ask(std::string_view subject, std::string_view payload,
                  std::string_view headers = {});
  // The answer as JSON, without an error in it.
  JsonDocument ask_well(std::string_view subject, std::string_view payload);

  // Everything a stream holds; nothing where there is no such stream. What rotted is noticed when
  // it is read, and counted until then.
  std::optional<Checker::Found> read_stream(const std::string& stream, bool is_rotten = false);
  bool has_stream(const std::string& stream);
  // The number that its description is; 0: none.
  uint64_t description(const std::string& stream);
  bool is_drained(const std::string& stream, const std::string& consumer);

 private:
  World& world_;
  WireClient client_;
  uint64_t next_request_ = 1;
};

}  // namespace myelin::sim
