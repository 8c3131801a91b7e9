// BackupWriter: a stream and its consumers, written piece by piece as a backup (backup_reader.h
// draws it). Messages up to the last that was released when it began; those that are removed
// meanwhile are not there. It keeps one block of messages at most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/jetstream/s2_stream.h"

namespace myelin {

class Consumer;
class Stream;

class BackupWriter {
 public:
  BackupWriter(Stream& stream, bool includes_consumers);

  // Appends what comes next to `to`, after a bounded amount of work. The stream is the one it was
  // made with. False when nothing more comes.
  bool write(Stream& stream, std::string& to);

 private:
  enum class Phase : uint8_t { kMeta, kGather, kSend, kLast, kConsumers, kEnd, kDone };

  void write_meta(Stream& stream, std::string& to);
  void gather(Stream& stream);
  void send(std::string& to);
  void write_last(Stream& stream, std::string& to);
  void write_consumer(Stream& stream, std::string& to);
  void write_file(std::string_view name, std::string_view content, std::string& to);

  Phase phase_ = Phase::kMeta;
  bool includes_consumers_;
  WallTime began_;
  uint64_t next_ = 0;  // sequence
  uint64_t upto_ = 0;
  WallTime last_time_;
  bool has_last_ = false;  // the message at upto_ is written

  S2Writer s2_;
  uint64_t block_number_ = 1;
  std::string block_;
  size_t sent_ = 0;       // bytes of the block
  std::string consumer_;  // the last one written
};

}  // namespace myelin
