// Many connections with one subscription each, which do nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/effort.h"
#include "tests/bench/link.h"
#include "tests/bench/server_process.h"

namespace bench {

// The CONNECT of the connection of this number, to a server that began with this INFO.
using Greeting = std::function<std::string(uint64_t number, std::string_view info)>;

std::vector<Link> hold_connections(const Address& address, uint64_t count);
std::vector<Link> hold_connections(const Address& address, uint64_t count, const Greeting& greet);

// What the server's anonymous memory has grown by since it was `before`, for each of so many
// things.
double growth_each(const ServerProcess& server, uint64_t before, uint64_t count);

// With as many of them as the effort says for this wire.
double memory_per_connection(const ServerProcess& server, const Address& address,
                             const Effort& effort);

}  // namespace bench
