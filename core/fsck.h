// Fsck: reads a whole store, as a start would but from the first byte to the last, and says what is
// in it and what is not any more. `myelin-server --fsck DIR`.
//
// It does what a start does and no more: a torn tail is cut, nothing else is changed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/storage/storage.h"

namespace myelin {

class Fsck {
 public:
  explicit Fsck(Storage& storage);
  ~Fsck();
  Fsck(const Fsck&) = delete;
  Fsck& operator=(const Fsck&) = delete;

  // Reads which streams there are.
  Status open();
  // Reads about `budget` bytes. What is known since the last call is in take_report().
  // True when everything has been read.
  bool step(uint64_t budget);
  // Lines of text, one per stream and finding.
  std::string take_report();
  // Of the bytes of all streams.
  struct Progress {
    std::string stream;  // the one being read
    uint64_t done = 0;
    uint64_t total = 0;
  };
  Progress progress() const;
  // Nothing was lost.
  bool is_sound() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace myelin
