// A session: a short life of a few links with one server, made up from a seed. Mostly what clients
// do, at times what they should not. The same seed gives the same session everywhere.
//
// It is made so that the official server's answer is not a matter of luck: links act one after the
// other, queue subscriptions are named by their group in the sid ("q-group-7") and have no maximum,
// and what depends on how bytes were cut into reads is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace myelin::conformance {

// One deed of one link. The first deed of a link, and one after it ended, opens it.
struct Deed {
  enum class Kind { kSend, kLeave };
  Kind kind = Kind::kSend;
  std::size_t link = 0;
  std::string bytes;
  std::size_t piece = 0;  // bytes per write; 0: all at once
};

struct Session {
  std::string config;
  std::size_t links = 0;
  std::vector<Deed> deeds;
};

Session make_session(std::uint64_t seed);

}  // namespace myelin::conformance
