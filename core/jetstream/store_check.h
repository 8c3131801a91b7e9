// StoreCheck: reads a stream's store from its first byte to its last and says what is in it: what
// `myelin-server --fsck DIR` asks of each stream.
//
// Nothing is believed that is not read: the index snapshot is passed over. It does to the store
// what a start does and no more, so a torn tail is cut.
#pragma once

#include <cstdint>
#include <string>

#include "core/jetstream/message_store.h"

namespace myelin {

class StoreCheck {
 public:
  struct Report {
    StoreState state;
    uint64_t subjects = 0;
    MessageStore::LostMessages lost;
    uint64_t cut_size = 0;  // of a torn write at the end, which nobody was promised
  };
  struct Progress {
    uint64_t done = 0;  // bytes, about
    uint64_t total = 0;
  };

  // `folder` as in MessageStore::Options.
  StoreCheck(Storage& storage, const std::string& folder);

  Status open();
  // True when everything has been read. `budget` is in bytes.
  Result<bool> step(uint64_t budget);
  const Progress& progress() const { return progress_; }
  // Once step has said true.
  Report report() const;

 private:
  Storage& storage_;
  std::string folder_;
  MessageStore store_;
  Progress progress_;
};

}  // namespace myelin
