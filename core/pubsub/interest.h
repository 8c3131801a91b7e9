// InterestWatch: somebody in the server wants to know when interest in one literal subject may have
// come or gone (a push consumer, for its deliver subject). InterestWatches: all of an account's.
//
// A change is only noted, in a list for all accounts; whoever set the watches takes the notes after
// the operation and asks the Account how things stand.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace myelin {

class InterestWatch {
 public:
  InterestWatch(uint8_t kind, void* owner) : owner_(owner), kind_(kind) {}
  InterestWatch(const InterestWatch&) = delete;
  InterestWatch& operator=(const InterestWatch&) = delete;

  bool is_set() const { return !subject_.empty(); }
  const std::string& subject() const { return subject_; }
  uint8_t kind() const { return kind_; }
  void* owner() const { return owner_; }

 private:
  friend class InterestWatches;
  std::string subject_;
  void* owner_;
  uint8_t kind_;
  bool is_noted_ = false;
};

using NotedWatches = std::vector<InterestWatch*>;

class InterestWatches {
 public:
  explicit InterestWatches(NotedWatches& noted) : noted_(noted) {}
  // A watch is set on one subject at a time, and cleared before it ends.
  void set(InterestWatch& watch, std::string_view subject);
  void clear(InterestWatch& watch);

  // A subscription to `pattern` came or went.
  void note(std::string_view pattern);
  // The next watch that was noted, or nullptr.
  static InterestWatch* take(NotedWatches& noted);

 private:
  void note(std::vector<InterestWatch*>& watches);

  std::map<std::string, std::vector<InterestWatch*>, std::less<>> watches_;
  NotedWatches& noted_;
};

}  // namespace myelin
