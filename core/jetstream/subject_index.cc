#include "core/jetstream/subject_index.h"

#include <algorithm>

#include "core/subject/subject.h"

namespace myelin {

uint32_t SubjectIndex::find(std::string_view subject) const {
  const uint32_t* id = tree_.find(subject);
  return id == nullptr ? kNoSubject : *id;
}

uint32_t SubjectIndex::add(std::string_view subject) {
  const auto [id, is_new] = tree_.insert(subject);
  if (!is_new) return id;
  if (free_ids_.empty()) {
    id = static_cast<uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    id = free_ids_.back();
    free_ids_.pop_back();
    entries_[id] = Entry();
  }
  ++empty_count_;
  for (Compiled& compiled : compiled_) {
    const bool is_taken = compiled.filter.matches(subject);
    if (compiled.is_all) {
      if (is_taken) continue;
      compile(compiled);
    } else {
      set_bit(compiled.bits, id, is_taken);
    }
  }
  return id;
}

void SubjectIndex::count_message(uint32_t id, uint64_t sequence) {
  Entry& entry = entries_[id];
  if (entry.count == 0) {
    --empty_count_;
    entry = {.first = sequence};
  }
  ++entry.count;
  entry.last = sequence;
  entry.is_last_stale = false;
}

void SubjectIndex::count_removal(uint32_t id, uint64_t sequence, uint64_t removed) {
  Entry& entry = entries_[id];
  entry.count -= static_cast<uint32_t>(std::min<uint64_t>(removed, entry.count));
  if (entry.count == 0) {
    ++empty_count_;
    return;
  }
  if (sequence <= entry.first) entry.is_first_stale = true;
  if (sequence >= entry.last) entry.is_last_stale = true;
  if (entry.count == 1 && removed == 1 && entry.is_first_stale != entry.is_last_stale) {
    (entry.is_first_stale ? entry.first : entry.last) =
        entry.is_first_stale ? entry.last : entry.first;
    entry.is_first_stale = entry.is_last_stale = false;
  }
}

void SubjectIndex::clear() {
  tree_.clear();
  entries_.clear();
  free_ids_.clear();
  empty_count_ = 0;
  compiled_.clear();
}

std::vector<uint32_t> SubjectIndex::sweep() {
  std::vector<std::string> names;
  std::vector<uint32_t> ids;
  tree_.for_each([&](std::string_view subject, const uint32_t& id) {
    if (entries_[id].count > 0) return;
    names.emplace_back(subject);
    ids.push_back(id);
  });
  for (const std::string& name : names) tree_.erase(name);
  free_ids_.insert(free_ids_.end(), ids.rbegin(), ids.rend());
  empty_count_ = 0;
  return ids;
}

SubjectSelection SubjectIndex::select(const SubjectFilter& filter) {
  using Pick = SubjectSelection::Kind;
  if (filter.is_all()) return {.kind = Pick::kAll};
  if (!filter.literal().empty()) {
    const uint32_t id = find(filter.literal());
    if (id == kNoSubject || entries_[id].count == 0) return {};
    return {.kind = Pick::kOne, .subject = id};
  }
  ++use_;
  auto known = std::find_if(compiled_.begin(), compiled_.end(), [&filter](const Compiled& each) {
    return each.filter.digest() == filter.digest() && each.filter.patterns() == filter.patterns();
  });
  if (known == compiled_.end()) {
    if (compiled_.size() == kCompiledMax) {
      known =
          std::min_element(compiled_.begin(), compiled_.end(),
                           [](const Compiled& a, const Compiled& b) { return a.used < b.used; });
      *known = {.filter = filter};
    } else {
      compiled_.push_back({.filter = filter});
      known = std::prev(compiled_.end());
    }
    known->is_all = takes_all(filter);
    if (!known->is_all) compile(*known);
  }
  known->used = use_;
  if (known->is_all) return {.kind = Pick::kAll};
  return {.kind = Pick::kSome, .bits = &known->bits};
}

// Whether every subject begins as a pattern `a.b.>` says. In byte order all that begin so stand
// together, so the first subject and those after the last possible one tell.
bool SubjectIndex::takes_all(const SubjectFilter& filter) const {
  if (tree_.empty()) return false;
  for (const std::string& pattern : filter.patterns()) {
    if (!pattern.ends_with(".>")) continue;
    const std::string_view prefix = std::string_view(pattern).substr(0, pattern.size() - 1);
    if (!is_literal(prefix.substr(0, prefix.size() - 1))) continue;
    const auto is_first_taken = [prefix](std::string_view subject, const uint32_t&) {
      return subject.starts_with(prefix) ? 1 : 2;
    };
    int first = 0;
    tree_.visit(">", {}, [&](std::string_view subject, const uint32_t& id) {
      first = is_first_taken(subject, id);
      return true;
    });
    const std::string end = std::string(prefix) + std::string(256, '\xff');
    const bool has_later =
        tree_.visit(">", end, [](std::string_view, const uint32_t&) { return true; });
    if (first == 1 && !has_later) return true;
  }
  return false;
}

void SubjectIndex::compile(Compiled& compiled) {
  compiled.is_all = false;
  compiled.bits.assign(entries_.size() / 64 + 1, 0);
  for (const std::string& pattern : compiled.filter.patterns()) {
    if (is_literal(pattern)) {
      const uint32_t id = find(pattern);
      if (id != kNoSubject) set_bit(compiled.bits, id, true);
      continue;
    }
    tree_.visit(pattern, [&compiled](std::string_view, const uint32_t& id) {
      set_bit(compiled.bits, id, true);
    });
  }
}

void SubjectIndex::set_bit(std::vector<uint64_t>& bits, uint32_t id, bool is_set) {
  if (id / 64 >= bits.size()) {
    if (!is_set) return;
    bits.resize(id / 64 + 1);
  }
  const uint64_t bit = uint64_t{1} << (id % 64);
  bits[id / 64] = is_set ? bits[id / 64] | bit : bits[id / 64] & ~bit;
}

void SubjectIndex::save(IndexWriter& to) const {
  to.put(static_cast<uint64_t>(entries_.size()));
  to.put_all(free_ids_);
  to.put(static_cast<uint64_t>(tree_.size()));
  tree_.for_each([this, &to](std::string_view subject, const uint32_t& id) {
    const Entry& entry = entries_[id];
    to.put_text(subject);
    to.put(id);
    to.put(entry.first);
    to.put(entry.last);
    to.put(entry.count);
    to.put(static_cast<uint8_t>((entry.is_first_stale ? 1 : 0) | (entry.is_last_stale ? 2 : 0)));
  });
}

// Every number is a subject's or free, once.
void SubjectIndex::restore(IndexReader& from) {
  const auto ids = from.take<uint64_t>();
  free_ids_ = from.take_all<uint32_t>();
  const auto subjects = from.take<uint64_t>();
  from.expect(ids <= UINT32_MAX && subjects <= ids && free_ids_.size() == ids - subjects);
  std::vector<bool> is_used;
  if (from.ok()) is_used.resize(static_cast<size_t>(ids));
  const auto use = [&is_used, &from](uint32_t id) {
    from.expect(id < is_used.size() && !is_used[id]);
    if (from.ok()) is_used[id] = true;
  };
  for (const uint32_t id : free_ids_) use(id);
  if (from.ok()) entries_.resize(static_cast<size_t>(ids));
  for (uint64_t i = 0; i < subjects && from.ok(); ++i) {
    const std::string_view subject = from.take_text();
    const auto id = from.take<uint32_t>();
    use(id);
    from.expect(!subject.empty() && subject.size() <= RadixTree::kKeySizeMax);
    if (!from.ok()) return;
    const auto [value, is_new] = tree_.insert(subject);
    value = id;
    from.expect(is_new);
    Entry& entry = entries_[id];
    entry.first = from.take<uint64_t>();
    entry.last = from.take<uint64_t>();
    entry.count = from.take<uint32_t>();
    const auto flags = from.take<uint8_t>();
    entry.is_first_stale = (flags & 1) != 0;
    entry.is_last_stale = (flags & 2) != 0;
    if (entry.count == 0) ++empty_count_;
  }
}

uint64_t SubjectIndex::memory() const {
  constexpr uint64_t kTreePerSubject = 56;
  uint64_t size = tree_.size() * kTreePerSubject + entries_.size() * sizeof(Entry) +
                  free_ids_.capacity() * sizeof(uint32_t);
  for (const Compiled& compiled : compiled_) size += compiled.bits.capacity() * 8;
  return size;
}

}  // namespace myelin
