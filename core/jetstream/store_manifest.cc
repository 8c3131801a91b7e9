#include "core/jetstream/store_manifest.h"

#include <string_view>

#include "core/base/crc32c.h"

namespace myelin {
namespace {

constexpr std::string_view kMagic = "MYMF";
constexpr size_t kEntrySize = 20;
constexpr uint32_t kGone = UINT32_MAX;
constexpr uint64_t kSizeMax = 64 * 1024 * 1024;

template <class T>
void put(std::string& to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) to += static_cast<char>(value >> (8 * i));
}

template <class T>
T take(std::string_view& from) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(
        value | static_cast<T>(static_cast<T>(static_cast<unsigned char>(from[i])) << (8 * i)));
  }
  from.remove_prefix(sizeof(T));
  return value;
}

RecordLog::Revisions decode(std::string_view bytes) {
  RecordLog::Revisions revisions;
  if (bytes.size() < kMagic.size() + 4 || !bytes.starts_with(kMagic)) return revisions;
  std::string_view crc = bytes.substr(bytes.size() - 4);
  bytes.remove_suffix(4);
  if (take<uint32_t>(crc) != crc32c(0, as_bytes(bytes))) return revisions;
  bytes.remove_prefix(kMagic.size());
  while (bytes.size() >= kEntrySize) {
    const auto first = take<uint64_t>(bytes);
    const auto last = take<uint64_t>(bytes);
    const auto revision = take<uint32_t>(bytes);
    if (revision == kGone) {
      revisions.gone[first] = last;
    } else {
      revisions.rewritten[first] = revision;
    }
  }
  return revisions;
}

}  // namespace

StoreManifest::StoreManifest(Storage& storage, const std::string& folder)
    : storage_(storage), name_(folder + "/manifest"), new_name_(folder + "/manifest.new") {}

Result<RecordLog::Revisions> StoreManifest::read() {
  const auto names = storage_.list(name_);
  if (!names.ok()) return names.error();
  bool is_there = false;
  for (const std::string& name : names.value()) {
    if (name == new_name_) TRY(storage_.remove(new_name_));
    is_there = is_there || name == name_;
  }
  if (!is_there) return RecordLog::Revisions();
  const auto file = storage_.open(name_);
  if (!file.ok()) return file.error();
  const auto size = storage_.size(file.value());
  if (!size.ok()) return size.error();
  if (size.value() > kSizeMax) return RecordLog::Revisions();
  std::string bytes(static_cast<size_t>(size.value()), '\0');
  const auto count = storage_.read(file.value(), 0, std::as_writable_bytes(std::span(bytes)));
  if (!count.ok()) return count.error();
  bytes.resize(static_cast<size_t>(count.value()));
  file_ = file.value();
  return decode(bytes);
}

Status StoreManifest::write(const RecordLog::Revisions& revisions) {
  std::string bytes(kMagic);
  for (const auto& [segment, revision] : revisions.rewritten) {
    put(bytes, segment);
    put(bytes, segment);
    put(bytes, revision);
  }
  for (const auto& [first, last] : revisions.gone) {
    put(bytes, first);
    put(bytes, last);
    put(bytes, kGone);
  }
  put(bytes, crc32c(0, as_bytes(bytes)));
  const auto file = storage_.open(new_name_);
  if (!file.ok()) return file.error();
  const auto size = storage_.size(file.value());
  if (!size.ok()) return size.error();
  if (size.value() > 0) return Error{Errc::kCorrupt, "in the way: " + new_name_};
  const auto written = storage_.append(file.value(), as_bytes(bytes));
  if (!written.ok()) {
    TRY(storage_.remove(new_name_));
    return written.error();
  }
  file_ = file.value();
  return kOk;
}

Status StoreManifest::put_in_place() { return storage_.rename(new_name_, name_); }

void StoreManifest::abandon() {
  // What is left is removed when the store is opened.
  [[maybe_unused]] const Status removed = storage_.remove(new_name_);
  file_.reset();
}

}  // namespace myelin
