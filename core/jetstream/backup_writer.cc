#include "core/jetstream/backup_writer.h"

#include "core/base/json.h"
#include "core/base/rfc3339.h"
#include "core/base/text.h"
#include "core/jetstream/backup_block.h"
#include "core/jetstream/backup_consumer.h"
#include "core/jetstream/consumer_config_json.h"
#include "core/jetstream/highway_hash.h"
#include "core/jetstream/stream.h"
#include "core/jetstream/stream_config_json.h"
#include "core/jetstream/tar.h"

namespace myelin {
namespace {

constexpr size_t kBackupBlockSize = 4 * 1024 * 1024;
// Work of one piece: so many bytes gathered, or compressed.
constexpr size_t kPieceSize = 256 * 1024;

// {"Created":...,"Name":... and then the fields of the config.
std::string meta_of(WallTime created, std::string_view name, std::string_view config) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("Created", rfc3339(created));
  if (!name.empty()) json.field("Name", name);
  text += ',';
  text += config.substr(1);
  return text;
}

std::string block_name(uint64_t number) {
  std::string name = "msgs/";
  append_decimal(name, number);
  return name + ".blk";
}

}  // namespace

BackupWriter::BackupWriter(Stream& stream, bool includes_consumers)
    : includes_consumers_(includes_consumers),
      began_(stream.services().now()),
      upto_(stream.released()),
      last_time_(stream.store().state().last_time) {}

bool BackupWriter::write(Stream& stream, std::string& to) {
  switch (phase_) {
    case Phase::kMeta:
      write_meta(stream, to);
      phase_ = Phase::kGather;
      return true;
    case Phase::kGather:
      gather(stream);
      return true;
    case Phase::kSend:
      send(to);
      return true;
    case Phase::kLast:
      write_last(stream, to);
      phase_ = includes_consumers_ ? Phase::kConsumers : Phase::kEnd;
      return true;
    case Phase::kConsumers:
      write_consumer(stream, to);
      return true;
    case Phase::kEnd: {
      std::string end;
      append_tar_end(end);
      s2_.write(end, to);
      s2_.finish(to);
      phase_ = Phase::kDone;
      return true;
    }
    case Phase::kDone:
      return false;
  }
  return false;
}

void BackupWriter::write_meta(Stream& stream, std::string& to) {
  std::string config;
  JsonWriter json(config);
  myelin::write(json, stream.config(), ServerMetadata::kHidden);
  const std::string meta = meta_of(stream.created(), {}, config);
  write_file("meta.inf", meta, to);
  write_file("meta.sum", highway_hash_hex(stream.name(), meta), to);
}

// Some messages more into the block, until it is full or there are none.
void BackupWriter::gather(Stream& stream) {
  BackupBlockWriter writer(stream.name(), block_number_);
  const size_t enough = block_.size() + kPieceSize;
  while (block_.size() < enough && block_.size() < kBackupBlockSize) {
    const std::optional<StoredMessage> message = stream.store().next({}, next_, upto_);
    if (!message) {
      next_ = upto_ + 1;
      phase_ = block_.empty() ? Phase::kLast : Phase::kSend;
      return;
    }
    writer.write({.sequence = message->sequence,
                  .time = message->time,
                  .subject = message->subject,
                  .content = message->content,
                  .header_size = message->header_size},
                 block_);
    has_last_ = message->sequence == upto_;
    next_ = message->sequence + 1;
  }
  if (block_.size() >= kBackupBlockSize) phase_ = Phase::kSend;
}

void BackupWriter::send(std::string& to) {
  if (sent_ == 0) {
    std::string header;
    append_tar_header(header, block_name(block_number_), block_.size(), began_);
    s2_.write(header, to);
  }
  const std::string_view piece = std::string_view(block_).substr(sent_, kPieceSize);
  s2_.write(piece, to);
  sent_ += piece.size();
  if (sent_ < block_.size()) return;
  std::string padding;
  append_tar_padding(padding, block_.size());
  s2_.write(padding, to);
  block_.clear();
  sent_ = 0;
  ++block_number_;
  phase_ = next_ > upto_ ? Phase::kLast : Phase::kGather;
}

// Where the last message is gone, a tombstone remembers its sequence: in a block of its own, where
// nats-server looks for it.
void BackupWriter::write_last(Stream& stream, std::string& to) {
  std::string().swap(block_);
  if (has_last_ || upto_ == 0) return;
  std::string block;
  BackupBlockWriter(stream.name(), block_number_)
      .write({.kind = BackupRecord::Kind::kTombstone,
              .sequence = upto_,
              .time = last_time_,
              .subject = {},
              .content = {}},
             block);
  write_file(block_name(block_number_), block, to);
}

// The next one by name; those that end with the process are not worth keeping.
void BackupWriter::write_consumer(Stream& stream, std::string& to) {
  const Consumers::Map& consumers = stream.consumers().by_name();
  auto next = consumers.upper_bound(consumer_);
  while (next != consumers.end() &&
         (!next->second->is_persistent() || next->second->config().direct)) {
    ++next;
  }
  if (next == consumers.end()) {
    phase_ = Phase::kEnd;
    return;
  }
  const Consumer& consumer = *next->second;
  consumer_ = consumer.name();
  std::string config;
  JsonWriter json(config);
  myelin::write(json, consumer.config(), ServerMetadata::kHidden);
  const std::string meta = meta_of(consumer.created(), consumer.name(), config);
  const std::string folder = "obs/" + consumer.name();
  write_file(folder + "/meta.inf", meta, to);
  write_file(folder + "/meta.sum", highway_hash_hex(stream.name() + "/" + consumer.name(), meta),
             to);
  write_file(folder + "/o.dat",
             encode_backup_consumer(consumer.state(), stream.services().context.now), to);
}

void BackupWriter::write_file(std::string_view name, std::string_view content, std::string& to) {
  std::string file;
  append_tar_file(file, name, content, began_);
  s2_.write(file, to);
}

}  // namespace myelin
