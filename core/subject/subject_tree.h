// SubjectTree: a value for each of many literal subjects, asked by subject or by pattern. The
// Sublist the other way round: there wildcards are stored and literals asked. It is what a stream
// knows about each of its subjects, of which there may be tens of millions.
//
//     insert("orders.eu.42")   visit("orders.*.42", fn)   visit("orders.>", "orders.eu.42", fn)
//
// Promises: a lookup costs what the subject is long, however many there are and whoever chose them;
// a visit costs what the pattern leads to, not what is stored. A subject costs some 40 bytes above
// its value and what it shares with no other. No subject, however long, can exhaust the stack.
//
// A T& is good until the next insert, erase or clear. Visits are in the byte order of the subjects;
// a visit that was cut short goes on after the last subject it gave, whatever has changed since.
//
// Subjects are not checked: they are not empty, have no empty token and are at most
// kSubjectTreeKeyMax bytes long. A token `*` or `>` in one is a text like any other, which only the
// same wildcard or a wider one takes; so a subject is looked up with find(), never by visit().
#pragma once

#include <cstddef>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/subject/radix_tree.h"
#include "core/subject/subject_walk.h"

namespace myelin {

inline constexpr size_t kSubjectTreeKeyMax = RadixTree::kKeySizeMax;

// T holds no resources: values are moved as bytes.
template <class T>
class SubjectTree {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(std::is_trivially_destructible_v<T>);
  static_assert(alignof(T) <= RadixTree::kValueAlignment);

 public:
  SubjectTree() : tree_(sizeof(T)) {}

  size_t size() const { return tree_.size(); }
  bool empty() const { return size() == 0; }

  // Null if it is not stored.
  T* find(std::string_view subject) { return value_at(tree_.find(subject)); }
  const T* find(std::string_view subject) const { return value_at(tree_.find(subject)); }

  // A new value is T{}. The bool says whether it is new.
  std::pair<T&, bool> insert(std::string_view subject) {
    const auto [value, is_new] = tree_.insert(subject);
    if (is_new) return {*::new (value) T{}, true};
    return {*value_at(value), false};
  }

  // False if it is not stored.
  bool erase(std::string_view subject) { return tree_.erase(subject); }
  void clear() { tree_.clear(); }

  // Calls `fn(subject, value)` for each subject that `pattern` takes and that comes after `after`.
  // Ends early, with true, when fn returns true; fn may also return nothing. It may change the
  // value, but not the tree. The subject is borrowed until fn returns.
  template <class Fn>
  bool visit(std::string_view pattern, std::string_view after, Fn&& fn) {
    return walk<T>(pattern, after, fn);
  }
  template <class Fn>
  bool visit(std::string_view pattern, std::string_view after, Fn&& fn) const {
    return walk<const T>(pattern, after, fn);
  }
  template <class Fn>
  bool visit(std::string_view pattern, Fn&& fn) {
    return walk<T>(pattern, {}, fn);
  }
  template <class Fn>
  bool visit(std::string_view pattern, Fn&& fn) const {
    return walk<const T>(pattern, {}, fn);
  }
  template <class Fn>
  bool for_each(Fn&& fn) {
    return walk<T>(">", {}, fn);
  }
  template <class Fn>
  bool for_each(Fn&& fn) const {
    return walk<const T>(">", {}, fn);
  }

 private:
  static T* value_at(void* value) { return std::launder(static_cast<T*>(value)); }

  template <class Value, class Fn>
  bool walk(std::string_view pattern, std::string_view after, Fn& fn) const {
    SubjectWalk walk(tree_, pattern, after);
    while (walk.next()) {
      Value& value = *value_at(walk.value());
      if constexpr (std::is_void_v<decltype(fn(walk.subject(), value))>) {
        fn(walk.subject(), value);
      } else if (fn(walk.subject(), value)) {
        return true;
      }
    }
    return false;
  }

  RadixTree tree_;
};

}  // namespace myelin
