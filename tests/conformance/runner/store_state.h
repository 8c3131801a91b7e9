// What a server's JetStream holds on its disk, read through its own API in a World: file streams
// with their messages and consumers. Streams that do not promise durability are left out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hosts/sim/world.h"

namespace myelin::conformance {

struct StreamState {
  std::string config;
  std::uint64_t last_seq = 0;
  std::map<std::uint64_t, std::string> messages;   // as the API shows them
  std::map<std::string, std::uint64_t> consumers;  // the ack floor in the stream
};
using StoreState = std::map<std::string, StreamState>;

// Nothing where the server does not answer somebody without a password.
std::optional<StoreState> read_store(sim::World& world);

// Why `seen` cannot be what is left when the power goes between the first and the last of `states`;
// empty: it can.
std::string find_loss(const std::vector<StoreState>& states, const StoreState& seen);

}  // namespace myelin::conformance
