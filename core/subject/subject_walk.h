// SubjectWalk: the keys of a RadixTree that a pattern takes, one after the other in byte order.
//
// It descends only where the pattern leads, byte by byte: a pattern's state after some bytes is one
// place in it, for `*` and `>` leave no choice. It keeps its way down on the heap, one frame for
// each node, and starts after any key, stored or not. The tree must not change meanwhile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/subject/radix_tree.h"

namespace myelin {

class SubjectWalk {
 public:
  // `pattern` and `after` are borrowed as long as the walk lasts. Only keys after `after` are
  // given; an empty one stands for the beginning.
  SubjectWalk(const RadixTree& tree, std::string_view pattern, std::string_view after);

  // Goes to the next key; false if there is none.
  bool next();
  // Of the key gone to; borrowed until the next step.
  std::string_view subject() const { return path_; }
  void* value() const { return value_; }

 private:
  // How much of the pattern the path has used up.
  struct Progress {
    size_t at = 0;
    bool is_inside_wildcard = false;  // the one at `at` has taken a byte already
  };
  // A node of the way down, and which of its ways on are still to be tried.
  struct Frame {
    RadixRef node;
    size_t way = 0;
    size_t ways_end = 0;
    size_t path_size = 0;
    Progress progress;
    bool is_on_after = false;  // the path so far begins `after`, or is it
  };

  bool enter(RadixRef ref, Progress progress, bool is_on_after);
  void choose_ways(Frame& frame) const;
  bool advance(Progress& progress, std::string_view text) const;
  bool is_taken(const Progress& progress) const;
  bool is_at_wildcard(const Progress& progress) const;

  const RadixTree& tree_;
  std::string_view pattern_;
  std::string_view after_;
  bool is_begun_ = false;
  std::string path_;
  std::vector<Frame> frames_;
  void* value_ = nullptr;
};

}  // namespace myelin
