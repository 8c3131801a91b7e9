// StreamAdmin: deletes messages of a stream, purges its subjects, changes its description, and
// makes and deletes another stream, one request at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hosts/sim/actor.h"

namespace myelin::sim {

// A fact that changes by requests: what was acknowledged last, and what was asked for since.
template <class T>
struct Asked {
  T acked{};
  std::optional<T> asked;  // may have happened

  bool allows(const T& seen) const { return seen == acked || (asked && seen == *asked); }
};

class StreamAdmin final : public Actor {
 public:
  StreamAdmin(std::string name, Checker& checker, uint64_t seed, std::string stream,
              std::string config)
      : Actor(std::move(name), checker, seed),
        stream_(std::move(stream)),
        config_(std::move(config)) {}

  static constexpr const char* kOtherStream = "TEMP";
  // What the stream's description says, and whether the other stream is there.
  const Asked<uint64_t>& description() const { return description_; }
  const Asked<bool>& other_stream() const { return other_stream_; }
  // What was seen when nobody was asking counts from now on.
  void settle(uint64_t description, bool has_other_stream);

 private:
  enum class Deed { kNone, kRemove, kDescribe, kOtherStream };

  void on_link() override { deed_ = Deed::kNone; }
  void on_answer(uint64_t request, const WireMessage& message) override;
  void deed(bool is_closing) override;
  void remove_message();
  void purge();
  void describe();
  void toggle_other_stream();
  void begin_deed(Deed deed, uint64_t request);

  std::string stream_;
  std::string config_;  // its fields but the description
  Deed deed_ = Deed::kNone;
  uint64_t request_ = 0;
  Instant asked_;
  size_t removal_ = 0;
  uint64_t next_description_ = 1;
  Asked<uint64_t> description_;
  Asked<bool> other_stream_;
};

}  // namespace myelin::sim
