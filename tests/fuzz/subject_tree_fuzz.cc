// A SubjectTree beside a map: line by line, subjects are inserted (+), erased (-) and looked up
// (?), or asked for by pattern (any other line; the next one says after which subject).
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/subject/subject.h"
#include "core/subject/subject_tree.h"
#include "tests/fuzz/input.h"

namespace myelin {
namespace {

using Tree = SubjectTree<uint64_t>;
using Model = std::map<std::string, uint64_t, std::less<>>;

class TreeBesideMap {
 public:
  void insert(std::string_view subject) {
    if (has_empty_token(subject)) return;
    const auto [value, is_new] = tree_.insert(subject);
    REQUIRE_THAT(is_new == !model_.contains(subject));
    REQUIRE_THAT(!is_new || value == 0);
    value = ++inserts_;
    model_[std::string(subject)] = inserts_;
    REQUIRE_THAT(tree_.size() == model_.size());
  }

  void erase(std::string_view subject) {
    REQUIRE_THAT(tree_.erase(subject) == (model_.erase(std::string(subject)) == 1));
    REQUIRE_THAT(tree_.size() == model_.size());
  }

  void find(std::string_view subject) const {
    const uint64_t* value = tree_.find(subject);
    const auto known = model_.find(subject);
    REQUIRE_THAT((value != nullptr) == (known != model_.end()));
    REQUIRE_THAT(value == nullptr || *value == known->second);
  }

  void visit(std::string_view pattern, std::string_view after) const {
    auto known = model_.upper_bound(after);
    const auto skip = [&] {
      while (known != model_.end() && !matches(pattern, known->first)) ++known;
    };
    tree_.visit(pattern, after, [&](std::string_view subject, const uint64_t& value) {
      skip();
      REQUIRE_THAT(known != model_.end());
      REQUIRE_THAT(known->first == subject);
      REQUIRE_THAT(known->second == value);
      ++known;
    });
    skip();
    REQUIRE_THAT(known == model_.end());
  }

  void erase_all() {
    while (!model_.empty()) erase(std::string(model_.rbegin()->first));
    REQUIRE_THAT(tree_.empty());
  }

 private:
  Tree tree_;
  Model model_;
  uint64_t inserts_ = 0;
};

}  // namespace
}  // namespace myelin

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace myelin;
  Input input(data, size);
  TreeBesideMap both;
  while (!input.is_empty()) {
    const std::string_view line = input.line();
    const std::string_view rest = line.substr(line.empty() ? 0 : 1);
    switch (line.empty() ? '\0' : line.front()) {
      case '+':
        both.insert(rest);
        break;
      case '-':
        both.erase(rest);
        break;
      case '?':
        both.find(rest);
        break;
      default:
        both.visit(line, input.line());
    }
  }
  both.visit(">", "");
  both.erase_all();
  return 0;
}
