#include "core/jetstream/backup_reader.h"

#include <utility>

#include "core/base/little_endian.h"
#include "core/base/text.h"
#include "core/jetstream/stream_config.h"

namespace myelin {
namespace {

constexpr std::string_view kMetaFile = "meta.inf";
constexpr std::string_view kBlocks = "msgs/";
constexpr std::string_view kBlockSuffix = ".blk";
constexpr std::string_view kIndexFile = "msgs/index.db";
constexpr std::string_view kConsumers = "obs/";
constexpr std::string_view kStateFile = "o.dat";

constexpr size_t kMetaSizeMax = 1024 * 1024;
constexpr size_t kStateSizeMax = 16 * 1024 * 1024;
// The ends stand at its beginning.
constexpr size_t kIndexHeadSize = 64;
constexpr char kIndexMagic = 11;

// Names that lead out of the folder that a backup is.
bool leads_elsewhere(std::string_view name) {
  if (name.empty() || name.front() == '/') return true;
  for (std::string_view rest = name; !rest.empty();) {
    const size_t slash = rest.find('/');
    if (rest.substr(0, slash) == "..") return true;
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  return false;
}

Error unexpected() { return {Errc::kInvalid, "unexpected content"}; }

}  // namespace

BackupReader::BackupReader(std::string_view stream, BackupTaker taker)
    : stream_(stream), taker_(std::move(taker)) {}

Result<bool> BackupReader::take(std::string_view& input) {
  const Result<std::string_view> plain = s2_.next(input);
  if (!plain.ok()) return plain.error();
  if (plain.value().empty()) return false;
  TRY(take_plain(plain.value()));
  return true;
}

Status BackupReader::finish() {
  if (!s2_.is_between_chunks() || !tar_.is_between_files()) {
    return Error{Errc::kCorrupt, "unexpected EOF"};
  }
  if (!has_stream_) return Error{Errc::kInvalid, "meta.inf: no such file"};
  return kOk;
}

Status BackupReader::take_plain(std::string_view bytes) {
  for (;;) {
    const Result<TarReader::Event> event = tar_.next(bytes);
    if (!event.ok()) return event.error();
    switch (event.value().kind) {
      case TarReader::Event::Kind::kNone:
        return kOk;
      case TarReader::Event::Kind::kFile:
        TRY(begin_file(event.value().text));
        break;
      case TarReader::Event::Kind::kData:
        TRY(take_data(event.value().text));
        break;
      case TarReader::Event::Kind::kFileEnd:
        TRY(end_file());
    }
  }
}

Status BackupReader::begin_file(std::string_view name) {
  if (leads_elsewhere(name)) return unexpected();
  file_ = File::kOther;
  content_.clear();
  content_max_ = kMetaSizeMax;
  if (name == kMetaFile) {
    if (has_stream_) return unexpected();
    file_ = File::kMeta;
  } else if (name == kIndexFile) {
    file_ = File::kIndex;
  } else if (name.starts_with(kBlocks) && name.size() > kBlocks.size() + kBlockSuffix.size() &&
             name.substr(name.size() - kBlockSuffix.size()) == kBlockSuffix) {
    name.remove_prefix(kBlocks.size());
    name.remove_suffix(kBlockSuffix.size());
    const std::optional<uint64_t> number = parse_decimal(name, 10);
    if (!number) return unexpected();
    file_ = File::kBlock;
    block_.emplace(stream_, *number);
  } else if (name.starts_with(kConsumers)) {
    TRY(begin_consumer_file(name.substr(kConsumers.size())));
  }
  if (file_ != File::kOther && file_ != File::kMeta && !has_stream_) return unexpected();
  return kOk;
}

Status BackupReader::begin_consumer_file(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return unexpected();
  const std::string_view file = name.substr(slash + 1);
  name = name.substr(0, slash);
  if (!is_valid_asset_name(name) || name.size() > kAssetNameSizeMax) return unexpected();
  consumer_ = name;
  if (file == kMetaFile) file_ = File::kConsumerMeta;
  if (file == kStateFile) {
    file_ = File::kConsumerState;
    content_max_ = kStateSizeMax;
  }
  return kOk;
}

Status BackupReader::take_data(std::string_view data) {
  if (file_ == File::kOther) return kOk;
  if (file_ == File::kIndex) {
    content_ += data.substr(0, kIndexHeadSize - content_.size());
    return kOk;
  }
  if (file_ != File::kBlock) {
    if (data.size() > content_max_ - content_.size()) return unexpected();
    content_ += data;
    return kOk;
  }
  for (;;) {
    BackupRecord record;
    const Result<bool> found = block_->next(data, record);
    if (!found.ok()) return found.error();
    if (!found.value()) return kOk;
    if (taker_.record) TRY(taker_.record(record));
  }
}

Status BackupReader::end_file() {
  switch (std::exchange(file_, File::kOther)) {
    case File::kMeta:
      has_stream_ = true;
      return taker_.stream ? taker_.stream(content_) : Status(kOk);
    case File::kBlock:
      if (!block_->is_between_records()) {
        return Error{Errc::kCorrupt, "malformed or corrupt message (message overrun)"};
      }
      return kOk;
    case File::kIndex:
      return end_index();
    case File::kConsumerMeta:
      return taker_.consumer ? taker_.consumer(consumer_, content_) : Status(kOk);
    case File::kConsumerState:
      return taker_.consumer_state ? taker_.consumer_state(consumer_, content_) : Status(kOk);
    case File::kOther:
      return kOk;
  }
  return kOk;
}

// magic, version, messages, bytes, first sequence, first time, last sequence, last time: varints.
// nats-server rebuilds the index where it does not like it, so that one that says nothing here is
// no fault.
Status BackupReader::end_index() {
  std::string_view rest = content_;
  if (rest.size() < 2 || rest.front() != kIndexMagic || !taker_.ends) return kOk;
  rest.remove_prefix(2);
  (void)take_varint(rest);
  (void)take_varint(rest);
  const std::optional<uint64_t> first = take_varint(rest);
  (void)take_signed_varint(rest);
  const std::optional<uint64_t> last = take_varint(rest);
  const std::optional<int64_t> last_time = take_signed_varint(rest);
  if (!first || !last || !last_time) return kOk;
  return taker_.ends(
      {.first_sequence = *first, .last_sequence = *last, .last_time = WallTime{*last_time}});
}

}  // namespace myelin
