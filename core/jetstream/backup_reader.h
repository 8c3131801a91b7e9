// BackupReader: a backup of a stream as `nats stream backup` keeps it, taken apart while it comes:
// S2 around a tar of
//
//     meta.inf  meta.sum                     the stream's configuration, and its checksum
//     msgs/<n>.blk ...  msgs/index.db        its messages
//     obs/<consumer>/{meta.inf,meta.sum,o.dat}
//
// What it finds it tells a BackupTaker, in the order of the bytes. It keeps one message and one S2
// block at most, and believes nothing that it has not checked.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/jetstream/backup_block.h"
#include "core/jetstream/s2_stream.h"
#include "core/jetstream/tar.h"

namespace myelin {

// An answer that is not ok ends the reading. Each may be absent.
struct BackupTaker {
  // The JSON of meta.inf. Comes before all others.
  std::function<Status(std::string_view meta)> stream;
  // A message; or one that is no more, which may have come before.
  std::function<Status(const BackupRecord& record)> record;
  // What the index of the messages knows besides.
  struct Ends {
    uint64_t first_sequence = 0;
    uint64_t last_sequence = 0;
    WallTime last_time;
  };
  std::function<Status(const Ends& ends)> ends;
  std::function<Status(std::string_view name, std::string_view meta)> consumer;
  // How far it came, as BackupConsumer has it; behind its meta.
  std::function<Status(std::string_view name, std::string_view state)> consumer_state;
};

class BackupReader {
 public:
  BackupReader(std::string_view stream, BackupTaker taker);

  // Takes a bounded part from the front of `input`; false when it is spent.
  Result<bool> take(std::string_view& input);
  // No more bytes will come.
  Status finish();

 private:
  enum class File : uint8_t { kOther, kMeta, kBlock, kIndex, kConsumerMeta, kConsumerState };

  Status take_plain(std::string_view bytes);
  Status begin_file(std::string_view name);
  Status begin_consumer_file(std::string_view name);
  Status take_data(std::string_view data);
  Status end_file();
  Status end_index();

  std::string stream_;
  BackupTaker taker_;
  S2Reader s2_;
  TarReader tar_;
  bool has_stream_ = false;
  File file_ = File::kOther;
  std::string consumer_;  // of the file
  std::optional<BackupBlockReader> block_;
  std::string content_;  // of a file that is taken whole
  size_t content_max_ = 0;
};

}  // namespace myelin
