// PatternTrie: subscriptions with wildcards, by token.
//
//     orders.*.new, orders.*.old, orders.>, orders.eu.*      (four subscriptions)
//
//     root -- "orders" --> Node
//                            full ---> orders.>
//                            star ---> Node -- "new" --> orders.*.new
//                            |               -- "old" --> orders.*.old
//                            "eu" ---> orders.eu.*
//
// A Node exists only where patterns part ways or one ends inside another: an edge that leads to a
// single pattern points to its subscription, and the rest of the pattern is read there. So is the
// text of the edge; a pattern alone under its parent costs one Slot.
//
// Promises: a walk visits each matching pattern once, in an order that depends on the patterns
// alone. Neither depth nor width of what strangers subscribe to can exhaust the stack.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/subject/hash.h"
#include "core/subject/slot_table.h"
#include "core/subject/subject.h"
#include "core/subject/takers.h"

namespace myelin {

template <Taker T>
class PatternTrie {
 public:
  explicit PatternTrie(const SubjectHash& hash) : hash_(hash) {}
  PatternTrie(const PatternTrie&) = delete;
  PatternTrie& operator=(const PatternTrie&) = delete;
  ~PatternTrie();

  // The subject is valid and has a wildcard.
  void insert(T& taker);
  // `taker` was inserted.
  void remove(T& taker);

  // Calls `visit(leaf)` for each pattern that matches `literal`, which has no empty token. Ends
  // with true as soon as a visit returns true.
  template <class Visit>
  bool walk(std::string_view literal, const Visit& visit);

  // Calls `visit(leaf)` for each pattern there is, in no order that may be seen.
  template <class Visit>
  void for_each(const Visit& visit);

 private:
  struct Node {
    explicit Node(std::string_view text) : token(text) {}

    Slot here;           // the pattern that ends with this token
    Slot full;           // the pattern that goes on with `>`
    Slot star;           // what goes on with `*`
    SlotTable children;  // what goes on with another token
    std::string token;
  };
  struct Step {
    Node* node;
    Slot* edge;  // leads to `node`; null for the root
  };
  struct Place {
    Node* node;
    size_t pattern_at;  // where the token after `node` begins, in the patterns and in the literal
    size_t literal_at;
  };

  static bool is_node(Slot slot) { return slot.kind() == Slot::Kind::kNode; }
  static Node& node_of(Slot slot) { return *static_cast<Node*>(slot.pointer()); }
  static std::string_view token_at(std::string_view subject, size_t at) {
    return subject.substr(at, token_end(subject, at) - at);
  }
  static std::string_view edge_token(Slot edge, size_t at) {
    return is_node(edge) ? std::string_view(node_of(edge).token)
                         : token_at(leaf_subject<T>(edge), at);
  }

  // The edge out of `node` under `token`; null, or an empty star, if there is none.
  Slot* find_edge(Node& node, std::string_view token, size_t at);
  void add_edge(Node& node, std::string_view token, size_t at, Slot edge);
  // Puts a leaf below `node`, whose patterns go on at `at` (past the end: they stop here).
  void hang(Node& node, size_t at, Slot leaf);
  void erase(Node& node, Slot* slot, size_t at);
  void fold(const Step& step);
  static bool leaf_matches(Slot leaf, size_t pattern_end, std::string_view literal,
                           size_t literal_end);

  const SubjectHash& hash_;
  Node root_{""};
  std::vector<Step> path_;      // of the current removal
  std::vector<Place> pending_;  // of the current walk
};

template <Taker T>
void PatternTrie<T>::insert(T& taker) {
  const std::string_view pattern = taker.subject();
  Node* node = &root_;
  for (size_t at = 0;;) {
    const std::string_view token = token_at(pattern, at);
    if (is_full_wildcard(token)) return add_to_leaf(node->full, taker);
    Slot* edge = find_edge(*node, token, at);
    if (edge == nullptr || !*edge) {
      return add_edge(*node, token, at, Slot(&taker, Slot::Kind::kOne));
    }
    const size_t end = at + token.size();
    if (!is_node(*edge)) {
      if (leaf_subject<T>(*edge) == pattern) return add_to_leaf(*edge, taker);
      auto fork = std::make_unique<Node>(token);
      hang(*fork, end + 1, *edge);
      edge->retarget(Slot(fork.release(), Slot::Kind::kNode));
    }
    node = &node_of(*edge);
    if (end == pattern.size()) return add_to_leaf(node->here, taker);
    at = end + 1;
  }
}

template <Taker T>
void PatternTrie<T>::remove(T& taker) {
  const std::string_view pattern = taker.subject();
  path_.assign(1, {&root_, nullptr});
  size_t at = 0;
  Slot* slot = nullptr;
  for (;;) {
    Node& node = *path_.back().node;
    if (at > pattern.size()) {
      slot = &node.here;
      break;
    }
    const std::string_view token = token_at(pattern, at);
    if (is_full_wildcard(token)) {
      slot = &node.full;
      break;
    }
    slot = find_edge(node, token, at);
    INVARIANT(slot != nullptr);
    if (!*slot || !is_node(*slot)) break;
    path_.push_back({&node_of(*slot), slot});
    at += token.size() + 1;
  }
  INVARIANT(bool{*slot});
  if (!remove_from_leaf(*slot, taker)) return;
  erase(*path_.back().node, slot, at);
  for (; path_.size() > 1; path_.pop_back()) fold(path_.back());
}

// A node that is left with a single pattern is replaced by it.
template <Taker T>
void PatternTrie<T>::fold(const Step& step) {
  Node& node = *step.node;
  const uint32_t others = (node.here ? 1u : 0u) + (node.full ? 1u : 0u) + (node.star ? 1u : 0u);
  if (others + node.children.size() != 1) return;
  Slot last = node.here ? node.here : node.full ? node.full : node.star;
  node.children.for_each([&last](Slot child) { last = child; });
  if (is_node(last)) return;
  step.edge->retarget(last);
  delete &node;
}

template <Taker T>
template <class Visit>
bool PatternTrie<T>::walk(std::string_view literal, const Visit& visit) {
  pending_.assign(1, {&root_, 0, 0});
  while (!pending_.empty()) {
    auto [node, pattern_at, literal_at] = pending_.back();
    pending_.pop_back();
    while (node != nullptr) {
      if (node->full && visit(node->full)) return true;
      const std::string_view token = token_at(literal, literal_at);
      const size_t literal_end = literal_at + token.size();
      // Takes one edge; what lies behind it is a leaf to visit now or a node to go on with.
      const auto follow = [&](Slot edge, size_t pattern_end, Node** onward) {
        if (!is_node(edge)) {
          return leaf_matches(edge, pattern_end, literal, literal_end) && visit(edge);
        }
        Node& target = node_of(edge);
        if (literal_end == literal.size()) return target.here && visit(target.here);
        *onward = &target;
        return false;
      };
      Node* through_star = nullptr;
      if (node->star && follow(node->star, pattern_at + 1, &through_star)) return true;
      if (through_star != nullptr) {
        pending_.push_back({through_star, pattern_at + 2, literal_end + 1});
      }
      Node* through_token = nullptr;
      const size_t pattern_end = pattern_at + token.size();
      if (node->children.size() != 0) {
        const Slot* edge = node->children.find(hash_.of(token), [&, at = pattern_at](Slot slot) {
          return edge_token(slot, at) == token;
        });
        if (edge != nullptr && follow(*edge, pattern_end, &through_token)) return true;
      }
      node = through_token;
      pattern_at = pattern_end + 1;
      literal_at = literal_end + 1;
    }
  }
  return false;
}

// Whether the pattern of `leaf`, of which everything before `pattern_end` has matched everything
// before `literal_end`, matches to the end.
template <Taker T>
bool PatternTrie<T>::leaf_matches(Slot leaf, size_t pattern_end, std::string_view literal,
                                  size_t literal_end) {
  const std::string_view pattern = leaf_subject<T>(leaf);
  if (pattern_end == pattern.size()) return literal_end == literal.size();
  if (literal_end == literal.size()) return false;
  return matches_checked(pattern.substr(pattern_end + 1), literal.substr(literal_end + 1));
}

template <Taker T>
template <class Visit>
void PatternTrie<T>::for_each(const Visit& visit) {
  std::vector<Node*> nodes = {&root_};
  const auto take = [&](Slot slot) {
    if (!slot) return;
    if (is_node(slot)) {
      nodes.push_back(&node_of(slot));
    } else {
      visit(slot);
    }
  };
  while (!nodes.empty()) {
    Node& node = *nodes.back();
    nodes.pop_back();
    take(node.here);
    take(node.full);
    take(node.star);
    node.children.for_each(take);
  }
}

template <Taker T>
Slot* PatternTrie<T>::find_edge(Node& node, std::string_view token, size_t at) {
  if (is_single_wildcard(token)) return &node.star;
  return node.children.find(hash_.of(token),
                            [&](Slot slot) { return edge_token(slot, at) == token; });
}

template <Taker T>
void PatternTrie<T>::add_edge(Node& node, std::string_view token, size_t at, Slot edge) {
  if (is_single_wildcard(token)) {
    node.star = edge;
    return;
  }
  node.children.insert(hash_.of(token), edge,
                       [&](Slot slot) { return hash_.of(edge_token(slot, at)); });
}

template <Taker T>
void PatternTrie<T>::hang(Node& node, size_t at, Slot leaf) {
  const std::string_view pattern = leaf_subject<T>(leaf);
  if (at > pattern.size()) {
    node.here = leaf;
    return;
  }
  const std::string_view token = token_at(pattern, at);
  if (is_full_wildcard(token)) {
    node.full = leaf;
  } else {
    add_edge(node, token, at, leaf);
  }
}

// Forgets `slot`, which belongs to `node`.
template <Taker T>
void PatternTrie<T>::erase(Node& node, Slot* slot, size_t at) {
  if (slot == &node.here || slot == &node.full || slot == &node.star) {
    *slot = Slot();
    return;
  }
  const auto hash_of = [&](Slot edge) { return hash_.of(edge_token(edge, at)); };
  node.children.erase(hash_of(*slot), slot, hash_of);
}

template <Taker T>
PatternTrie<T>::~PatternTrie() {
  std::vector<Node*> nodes = {&root_};
  const auto dispose = [&nodes](Slot slot) {
    if (slot && is_node(slot)) {
      nodes.push_back(&node_of(slot));
    } else {
      delete_leaf<T>(slot);
    }
  };
  while (!nodes.empty()) {
    Node* node = nodes.back();
    nodes.pop_back();
    dispose(node->here);
    dispose(node->full);
    dispose(node->star);
    node->children.for_each(dispose);
    if (node != &root_) delete node;
  }
}

}  // namespace myelin
