#include "tests/exchange/matching.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/exchange/tokens.h"

namespace myelin::exchange {

// Every expected delivery is tried with every one received: few are alike.
struct Matching::Search {
  // More tries than these are a search without an end.
  static constexpr size_t kTriesMax = 20'000;

  const Model& model;
  const std::vector<Delivery>& received;
  std::vector<std::vector<Delivery>> wanted;  // each one of these
  Known own_of;                               // the server's tokens to our own
  std::vector<bool> used;
  size_t tries = 0;
  std::optional<Known> found;
  std::optional<std::string> described;
  bool is_unsure = false;

  bool unify(const std::string& own, const std::string& real, Known& names) const {
    const TokenList mine = split(own);
    const TokenList theirs = split(real);
    if (mine.size() != theirs.size()) return false;
    for (size_t at = 0; at < mine.size(); ++at) {
      if (mine[at].empty() || mine[at][0] != '<') {
        if (mine[at] != theirs[at]) return false;
        continue;
      }
      const auto [known, is_new] = names.emplace(theirs[at], mine[at]);
      if (known->second != mine[at]) return false;
      if (!is_new) continue;
      // Ours stands for no other.
      const bool is_taken = std::count_if(names.begin(), names.end(), [&](const auto& each) {
                              return each.second == mine[at];
                            }) > 1;
      if (is_taken) return false;
    }
    return true;
  }

  std::string describe(const Known& names) const {
    std::string text;
    for (const auto& [real, own] : names) text += real + "=" + model.describe_way(own) + ";";
    return text;
  }

  void assign(size_t index, const Known& names) {
    if (is_unsure) return;
    if (++tries > kTriesMax) {
      is_unsure = true;
      return;
    }
    if (index == wanted.size()) {
      std::string seen = describe(names);
      if (described && *described != seen) is_unsure = true;
      described = std::move(seen);
      found = names;
      return;
    }
    for (const Delivery& each : wanted[index]) {
      for (size_t at = 0; at < received.size(); ++at) {
        const Delivery& got = received[at];
        if (used[at] || got.client != each.client || got.subscription != each.subscription ||
            got.payload != each.payload || got.asker != each.asker) {
          continue;
        }
        Known learnt = names;
        if (!unify(each.subject, got.subject, learnt) || !unify(each.reply, got.reply, learnt) ||
            !unify(each.through, got.through, learnt)) {
          continue;
        }
        used[at] = true;
        assign(index + 1, learnt);
        used[at] = false;
        // Nothing was learnt: whatever else would do is no different.
        if (found && learnt == names) return;
      }
    }
  }
};

Matching::Verdict Matching::match(const Model& model, const Outcome& expected,
                                  const std::vector<Delivery>& received) {
  Search search{.model = model, .received = received};
  for (const Delivery& each : expected.sure) search.wanted.push_back({each});
  search.wanted.insert(search.wanted.end(), expected.one_of.begin(), expected.one_of.end());
  if (search.wanted.size() != received.size()) return Verdict::kDisagrees;
  search.used.resize(received.size());
  search.assign(0, own_);
  if (search.is_unsure) return Verdict::kUnsure;
  if (!search.found) return Verdict::kDisagrees;
  own_ = std::move(*search.found);
  known_.clear();
  for (const auto& [real, own] : own_) known_[own] = real;
  return Verdict::kAgrees;
}

std::string Matching::real_name(const std::string& name) const {
  TokenList tokens = split(name);
  for (std::string& each : tokens) {
    if (each.empty() || each[0] != '<') continue;
    const auto known = known_.find(each);
    if (known == known_.end()) return "";
    each = known->second;
  }
  return join_tokens(tokens);
}

std::string Matching::own_name(const std::string& real) const {
  TokenList tokens = split(real);
  for (std::string& each : tokens) {
    const auto known = own_.find(each);
    if (known != own_.end()) each = known->second;
  }
  return join_tokens(tokens);
}

}  // namespace myelin::exchange
