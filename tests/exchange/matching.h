// Matching: holds what was received against an Outcome, and learns what the server called its ways
// back.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/exchange/model.h"

namespace myelin::exchange {

class Matching {
 public:
  enum class Verdict {
    kAgrees,
    kDisagrees,
    kUnsure,  // it agrees in more ways than one, and it will matter which
  };
  // `received` has the server's names.
  Verdict match(const Model& model, const Outcome& expected, const std::vector<Delivery>& received);

  // What the server calls it; empty: nobody has seen it.
  std::string real_name(const std::string& name) const;
  // The other way round; empty: it is no way.
  std::string own_name(const std::string& real) const;

 private:
  using Known = std::map<std::string, std::string>;  // own tokens to the server's
  struct Search;

  Known known_;
  std::map<std::string, std::string> own_;  // the server's tokens to our own
};

}  // namespace myelin::exchange
