#include "core/jetstream/store_check.h"

#include <algorithm>

namespace myelin {

StoreCheck::StoreCheck(Storage& storage, const std::string& folder)
    : storage_(storage), folder_(folder), store_(storage, {.folder = folder, .reads_all = true}) {}

Status StoreCheck::open() {
  const auto names = storage_.list(folder_ + "/");
  if (!names.ok()) return names.error();
  for (const std::string& name : names.value()) {
    if (!name.ends_with(".log")) continue;
    const auto file = storage_.open(name);
    if (!file.ok()) return file.error();
    const auto size = storage_.size(file.value());
    if (!size.ok()) return size.error();
    progress_.total += size.value();
  }
  return store_.open();
}

Result<bool> StoreCheck::step(uint64_t budget) {
  uint64_t left = budget;
  const auto done = store_.recover(left);
  if (!done.ok()) return done.error();
  progress_.done = std::min(progress_.total, progress_.done + budget - left);
  if (done.value()) progress_.done = progress_.total;
  return done.value();
}

StoreCheck::Report StoreCheck::report() const {
  return {.state = store_.state(),
          .subjects = store_.subjects(),
          .lost = store_.lost(),
          .cut_size = store_.cut_size()};
}

}  // namespace myelin
