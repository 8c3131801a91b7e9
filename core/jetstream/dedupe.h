// Dedupe: the message ids (Nats-Msg-Id) of the last so many minutes, and the sequences they got.
//
// An id is remembered for the window since its message was first stored, whatever becomes of the
// message. What it forgot in a restart it learns again from the messages still stored.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/time.h"
#include "core/subject/hash.h"

namespace myelin {

class Dedupe {
 public:
  // `seed` keys the hash: ids are chosen by strangers.
  Dedupe(Duration window, uint64_t seed) : window_(window), ids_(0, Hash{SubjectHash(seed)}) {}

  void set_window(Duration window) { window_ = window; }
  Duration window() const { return window_; }

  // The sequence that `id` got within the window.
  std::optional<uint64_t> find(std::string_view id, WallTime now);
  void remember(std::string_view id, uint64_t sequence, WallTime stored);
  size_t size() const { return ids_.size(); }

  // The id of the last message stored, "" if it had none.
  const std::string& last_id() const { return last_id_; }
  void set_last_id(std::string_view id) { last_id_ = std::string(id); }

 private:
  struct Hash {
    using is_transparent = void;
    SubjectHash hash;
    size_t operator()(std::string_view id) const { return static_cast<size_t>(hash.of(id)); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };
  struct Entry {
    WallTime stored;
    const std::string* id;  // the key in ids_
  };

  void forget_old(WallTime now);

  Duration window_;
  std::unordered_map<std::string, uint64_t, Hash, Equal> ids_;
  std::deque<Entry> by_age_;
  std::string last_id_;
};

}  // namespace myelin
