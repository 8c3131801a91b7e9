#include "core/fsck.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/jetstream/account_folder.h"
#include "core/jetstream/meta_log.h"
#include "core/jetstream/store_check.h"
#include "core/limits.h"

namespace myelin {
namespace {

std::string number(uint64_t value) {
  std::string text;
  append_decimal(text, value);
  return text;
}

// What names of an account's are shown with; those of the global one stand alone.
std::string prefix_of(std::string_view folder) {
  return folder.empty() ? std::string() : account_of(folder) + " > ";
}

}  // namespace

class Fsck::Impl {
 public:
  explicit Impl(Storage& storage) : storage_(storage) {}

  Status open();
  bool step(uint64_t budget);

  std::string report;
  bool is_sound = true;
  Progress progress;

 private:
  struct Entry {
    std::string name;
    std::string folder;
  };

  Status read_definitions(const std::string& folder);
  void find(const std::string& folder, std::string_view name, std::string_view definition);
  void damage(const std::string& line);
  void finish(const Entry& entry);

  Storage& storage_;
  std::vector<Entry> left_;  // the last one is being read
  std::unique_ptr<StoreCheck> check_;
};

void Fsck::Impl::damage(const std::string& line) {
  is_sound = false;
  report += line + "\n";
}

Status Fsck::Impl::open() {
  TRY(read_definitions(""));
  const Result<std::set<std::string>> folders = account_folders(storage_);
  if (!folders.ok()) return folders.error();
  for (const std::string& folder : folders.value()) TRY(read_definitions(folder));
  return kOk;
}

Status Fsck::Impl::read_definitions(const std::string& folder) {
  const std::string account = prefix_of(folder);
  const size_t before = left_.size();
  MetaLog meta(storage_, folder + "meta", 0, {});
  TRY(meta.recover());
  if (!meta.lost().empty()) {
    damage(account + "definitions: damaged in " + number(meta.lost().size()) +
           " places; streams or consumers may be missing");
  }
  for (const auto& [name, text] : meta.entries()) {
    if (name.compare(0, kStreamEntry.size(), kStreamEntry) == 0) {
      find(folder, std::string_view(name).substr(kStreamEntry.size()), text);
    }
  }
  report += account + "definitions: " + number(left_.size() - before) + " streams\n";
  return kOk;
}

void Fsck::Impl::find(const std::string& folder, std::string_view name,
                      std::string_view definition) {
  const std::string shown = prefix_of(folder) + std::string(name);
  const std::optional<JsonDocument> document = JsonDocument::parse(definition, kJsonDepthMax);
  const std::optional<uint64_t> id =
      document ? document->root().find("id").as_uint() : std::nullopt;
  if (!id) return damage(shown + ": its definition cannot be read");
  left_.push_back({shown, folder + "streams/" + number(*id) + "/messages"});
}

bool Fsck::Impl::step(uint64_t budget) {
  if (left_.empty()) return true;
  const Entry& entry = left_.back();
  if (!check_) {
    check_ = std::make_unique<StoreCheck>(storage_, entry.folder);
    const Status opened = check_->open();
    if (!opened.ok()) {
      damage(entry.name + ": " + opened.error().context);
      check_.reset();
      left_.pop_back();
      return left_.empty();
    }
  }
  const Result<bool> done = check_->step(budget);
  progress = {entry.name, check_->progress().done, check_->progress().total};
  if (done.ok() && !done.value()) return false;
  if (done.ok()) {
    finish(entry);
  } else {
    damage(entry.name + ": " + done.error().context);
  }
  check_.reset();
  left_.pop_back();
  return left_.empty();
}

void Fsck::Impl::finish(const Entry& entry) {
  const StoreCheck::Report found = check_->report();
  report += entry.name + ": " + number(found.state.messages) + " messages, " +
            number(found.state.bytes) + " bytes, sequences " + number(found.state.first_sequence) +
            " to " + number(found.state.last_sequence) + ", " + number(found.subjects) +
            " subjects\n";
  if (found.cut_size > 0) {
    report += entry.name + ": " + number(found.cut_size) +
              " bytes of a write that never ended were cut\n";
  }
  for (const auto& [first, last] : found.lost.ranges) {
    damage(entry.name + ": lost, sequences " + number(first) + " to " + number(last));
  }
  if (found.lost.bytes > 0) {
    damage(entry.name + ": lost, " + number(found.lost.bytes) + " bytes that cannot be read");
  }
}

Fsck::Fsck(Storage& storage) : impl_(std::make_unique<Impl>(storage)) {}
Fsck::~Fsck() = default;

Status Fsck::open() { return impl_->open(); }
bool Fsck::step(uint64_t budget) { return impl_->step(budget); }
std::string Fsck::take_report() { return std::exchange(impl_->report, {}); }
Fsck::Progress Fsck::progress() const { return impl_->progress; }
bool Fsck::is_sound() const { return impl_->is_sound; }

}  // namespace myelin
