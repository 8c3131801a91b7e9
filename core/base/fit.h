// fit: gives back what a vector has grown to beyond its elements. For a long list that stays as it
// is; shrink_to_fit() does nothing in a library built without exceptions.
#pragma once

#include <iterator>
#include <utility>
#include <vector>

namespace myelin {

template <class T>
void fit(std::vector<T>& list) {
  if (list.capacity() == list.size()) return;
  std::vector<T> exact;
  exact.reserve(list.size());
  exact.insert(exact.end(), std::make_move_iterator(list.begin()),
               std::make_move_iterator(list.end()));
  list = std::move(exact);
}

}  // namespace myelin
