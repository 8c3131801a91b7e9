#include "core/subject/subject_walk.h"

#include <algorithm>

namespace myelin {

SubjectWalk::SubjectWalk(const RadixTree& tree, std::string_view pattern, std::string_view after)
    : tree_(tree), pattern_(pattern), after_(after) {}

bool SubjectWalk::next() {
  if (!is_begun_) {
    is_begun_ = true;
    if (tree_.root() && enter(tree_.root(), Progress(), !after_.empty())) return true;
  }
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.way == frame.ways_end) {
      frames_.pop_back();
      continue;
    }
    const size_t way = frame.way++;
    const RadixNode node(frame.node);
    const std::string_view byte = node.text_of(way);
    Progress progress = frame.progress;
    if (!advance(progress, byte)) continue;
    const bool is_on_after = frame.is_on_after && byte == after_.substr(frame.path_size, 1);
    path_.resize(frame.path_size);
    path_ += byte;
    if (enter(node.way(way), progress, is_on_after)) return true;
  }
  return false;
}

// Goes down to `ref`, whose label the path does not have yet. True if that is a key to be given.
bool SubjectWalk::enter(RadixRef ref, Progress progress, bool is_on_after) {
  const size_t at = path_.size();
  if (ref.is_leaf()) {
    const RadixLeaf leaf(ref, tree_.value_size());
    if (!advance(progress, leaf.suffix()) || !is_taken(progress)) return false;
    path_ += leaf.suffix();
    value_ = leaf.value();
    return !is_on_after || path_ > after_;
  }
  const RadixNode node(ref);
  const std::string_view label = node.label();
  if (!advance(progress, label)) return false;
  if (is_on_after) {
    const std::string_view wanted = after_.substr(at, label.size());
    if (label < wanted) return false;
    is_on_after = label == wanted;
  }
  path_ += label;
  Frame frame{ref, 0, node.ways(), path_.size(), progress, is_on_after};
  choose_ways(frame);
  frames_.push_back(frame);
  return false;
}

// Leaves out what comes before `after` and, where the pattern wants one byte, all others.
void SubjectWalk::choose_ways(Frame& frame) const {
  const RadixNode node(frame.node);
  if (frame.is_on_after) {
    const std::string_view rest = after_.substr(frame.path_size);
    frame.way = rest.empty() ? (node.has_end() ? 1 : 0)
                             : node.first_way_from(static_cast<unsigned char>(rest.front()));
  }
  if (is_at_wildcard(frame.progress)) return;
  if (frame.progress.at == pattern_.size()) {
    frame.ways_end = node.has_end() ? 1 : 0;
    frame.way = std::min(frame.way, frame.ways_end);
    return;
  }
  const size_t only = node.way_of(pattern_[frame.progress.at]);
  if (only == RadixNode::kNoWay || only < frame.way) {
    frame.ways_end = frame.way;
    return;
  }
  frame.way = only;
  frame.ways_end = only + 1;
}

bool SubjectWalk::advance(Progress& progress, std::string_view text) const {
  for (const char byte : text) {
    if (progress.at == pattern_.size()) return false;
    if (!is_at_wildcard(progress)) {
      if (byte != pattern_[progress.at]) return false;
      ++progress.at;
      continue;
    }
    if (pattern_[progress.at] == '>') {
      progress.is_inside_wildcard = true;
      return true;
    }
    if (byte != '.') {
      progress.is_inside_wildcard = true;
      continue;
    }
    if (!progress.is_inside_wildcard || progress.at + 1 == pattern_.size()) return false;
    progress.at += 2;
    progress.is_inside_wildcard = false;
  }
  return true;
}

bool SubjectWalk::is_taken(const Progress& progress) const {
  if (is_at_wildcard(progress)) {
    return progress.is_inside_wildcard && progress.at + 1 == pattern_.size();
  }
  return progress.at == pattern_.size();
}

bool SubjectWalk::is_at_wildcard(const Progress& progress) const {
  const std::string_view rest = pattern_.substr(progress.at);
  if (rest.empty()) return false;
  if (progress.at > 0 && pattern_[progress.at - 1] != '.') return false;
  return rest == ">" || (rest.front() == '*' && (rest.size() == 1 || rest[1] == '.'));
}

}  // namespace myelin
