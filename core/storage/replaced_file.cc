#include "core/storage/replaced_file.h"

#include <algorithm>

namespace myelin {

ReplacedFile::ReplacedFile(Storage& storage, std::string name)
    : storage_(storage), name_(std::move(name)), new_name_(name_ + ".new") {}

Result<std::optional<std::string>> ReplacedFile::read(uint64_t size_max) {
  const auto names = storage_.list(name_);
  if (!names.ok()) return names.error();
  const auto has = [&names](const std::string& name) {
    return std::binary_search(names.value().begin(), names.value().end(), name);
  };
  if (has(new_name_)) TRY(storage_.remove(new_name_));
  if (!has(name_)) return std::optional<std::string>();
  const auto file = storage_.open(name_);
  if (!file.ok()) return file.error();
  const auto size = storage_.size(file.value());
  if (!size.ok()) return size.error();
  if (size.value() > size_max) return std::optional<std::string>();
  std::string content(static_cast<size_t>(size.value()), '\0');
  const auto count = storage_.read(file.value(), 0, std::as_writable_bytes(std::span(content)));
  if (!count.ok()) return count.error();
  content.resize(static_cast<size_t>(count.value()));
  return std::optional<std::string>(std::move(content));
}

Status ReplacedFile::write(std::string_view content) {
  const auto file = storage_.open(new_name_);
  if (!file.ok()) return file.error();
  const auto size = storage_.size(file.value());
  if (!size.ok()) return size.error();
  if (size.value() > 0) return Error{Errc::kCorrupt, "in the way: " + new_name_};
  const auto written = storage_.append(file.value(), as_bytes(content));
  if (!written.ok()) {
    TRY(storage_.remove(new_name_));
    return written.error();
  }
  file_ = file.value();
  return kOk;
}

Status ReplacedFile::put_in_place() { return storage_.rename(new_name_, name_); }

void ReplacedFile::abandon() {
  // What is left is removed when the file is read.
  [[maybe_unused]] const Status removed = storage_.remove(new_name_);
}

}  // namespace myelin
