// SubjectIndex: the subjects of a store, each with a number and a summary of its messages.
//
// A number stands for its subject in the segments' indexes, which so take four bytes a message. It
// is given again only when its subject was dropped, after the last message on it.
//
// A filter becomes a Selection of numbers, once for many questions: those that name several
// subjects are remembered, a bit a subject, and kept right as subjects come.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/jetstream/index_bytes.h"
#include "core/jetstream/subject_filter.h"
#include "core/subject/subject_tree.h"

namespace myelin {

inline constexpr uint32_t kNoSubject = UINT32_MAX;

// What a filter means for subjects' numbers. Borrowed until a subject is added.
struct SubjectSelection {
  enum class Kind : uint8_t { kNone, kOne, kSome, kAll };
  Kind kind = Kind::kNone;
  uint32_t subject = kNoSubject;                // kOne
  const std::vector<uint64_t>* bits = nullptr;  // kSome

  bool takes(uint32_t id) const {
    switch (kind) {
      case Kind::kNone:
        return false;
      case Kind::kOne:
        return id == subject;
      case Kind::kSome:
        return id / 64 < bits->size() && (((*bits)[id / 64] >> (id % 64)) & 1) != 0;
      case Kind::kAll:
        return true;
    }
    return false;
  }
};

class SubjectIndex {
 public:
  struct Entry {
    // The first and last of its sequences; if one of them was removed, only bounds of them.
    uint64_t first = 0;
    uint64_t last = 0;
    uint32_t count = 0;
    bool is_first_stale = false;
    bool is_last_stale = false;
  };

  // How many have messages.
  size_t size() const { return tree_.size() - empty_count_; }
  Entry& at(uint32_t id) { return entries_[id]; }
  size_t id_end() const { return entries_.size(); }

  // kNoSubject if it never had a message, or was dropped.
  uint32_t find(std::string_view subject) const;
  // The subject's number, new or not; count_message follows.
  uint32_t add(std::string_view subject);
  void count_message(uint32_t id, uint64_t sequence);
  void count_removal(uint32_t id, uint64_t sequence, uint64_t removed = 1);
  void clear();
  // Drops the subjects without messages, once there are many. Numbers may be given again.
  bool wants_sweep() const { return empty_count_ > 1024 && empty_count_ > size() / 2; }
  std::vector<uint32_t> sweep();

  SubjectSelection select(const SubjectFilter& filter);

  // Calls fn(subject, id) for subjects with messages that match and come after `after`, in byte
  // order; fn returns true to stop.
  template <class Fn>
  void visit(const SubjectFilter& filter, std::string_view after, Fn fn);

  // For a snapshot of the index.
  void save(IndexWriter& to) const;
  void restore(IndexReader& from);
  uint64_t snapshot_size() const { return tree_.size() * 64; }

  uint64_t memory() const;

 private:
  struct Compiled {
    SubjectFilter filter;
    std::vector<uint64_t> bits;
    bool is_all = false;  // takes every subject there is
    uint64_t used = 0;
  };
  // Filters of several subjects that are remembered.
  static constexpr size_t kCompiledMax = 64;

  template <class Fn>
  void visit_several(const SubjectFilter& filter, std::string_view after, Fn fn);
  bool takes_all(const SubjectFilter& filter) const;
  void compile(Compiled& compiled);
  static void set_bit(std::vector<uint64_t>& bits, uint32_t id, bool is_set);

  SubjectTree<uint32_t> tree_;
  std::deque<Entry> entries_;
  std::vector<uint32_t> free_ids_;
  size_t empty_count_ = 0;
  std::deque<Compiled> compiled_;
  uint64_t use_ = 0;
};

template <class Fn>
void SubjectIndex::visit(const SubjectFilter& filter, std::string_view after, Fn fn) {
  const auto visit_one = [this, &fn](std::string_view subject, const uint32_t& id) {
    return entries_[id].count > 0 && fn(subject, id);
  };
  if (!filter.literal().empty()) {
    const uint32_t id = find(filter.literal());
    if (id != kNoSubject && filter.literal() > after) visit_one(filter.literal(), id);
  } else if (filter.patterns().size() > 1) {
    visit_several(filter, after, fn);
  } else {
    const std::string_view all = ">";
    tree_.visit(filter.is_all() ? all : filter.patterns().front(), after, visit_one);
  }
}

// Patterns may overlap: of each the next subject is known, and the least of all comes first.
template <class Fn>
void SubjectIndex::visit_several(const SubjectFilter& filter, std::string_view after, Fn fn) {
  struct Next {
    const std::string* pattern;
    std::string subject;
    uint32_t id = kNoSubject;
  };
  const auto advance = [this](Next& next, std::string_view past) {
    next.id = kNoSubject;
    const std::string from(past);
    tree_.visit(*next.pattern, from, [this, &next](std::string_view subject, const uint32_t& id) {
      if (entries_[id].count == 0) return false;
      next.subject = subject;
      next.id = id;
      return true;
    });
  };
  std::vector<Next> nexts;
  for (const std::string& pattern : filter.patterns()) {
    nexts.push_back({&pattern, {}});
    advance(nexts.back(), after);
  }
  for (;;) {
    const Next* least = nullptr;
    for (const Next& next : nexts) {
      if (next.id == kNoSubject) continue;
      if (least == nullptr || next.subject < least->subject) least = &next;
    }
    if (least == nullptr) return;
    const std::string subject = least->subject;
    if (fn(std::string_view(subject), least->id)) return;
    for (Next& next : nexts) {
      if (next.id != kNoSubject && next.subject == subject) advance(next, subject);
    }
  }
}

}  // namespace myelin
