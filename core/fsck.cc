#include "core/fsck.h"

#include <optional>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/jetstream/meta_log.h"
#include "core/jetstream/store_check.h"
#include "core/limits.h"

namespace myelin {
namespace {

constexpr std::string_view kStreamEntry = "stream/";

std::string number(uint64_t value) {
  std::string text;
  append_decimal(text, value);
  return text;
}

}  // namespace

class Fsck::Impl {
 public:
  explicit Impl(Storage& storage) : storage_(storage), meta_(storage, "meta", 0, {}) {}

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

  void find(std::string_view name, std::string_view definition);
  void damage(const std::string& line);
  void finish(const Entry& entry);

  Storage& storage_;
  MetaLog meta_;
  std::vector<Entry> left_;  // the last one is being read
  std::unique_ptr<StoreCheck> check_;
};

void Fsck::Impl::damage(const std::string& line) {
  is_sound = false;
  report += line + "\n";
}

Status Fsck::Impl::open() {
  TRY(meta_.recover());
  if (!meta_.lost().empty()) {
    damage("definitions: damaged in " + number(meta_.lost().size()) +
           " places; streams or consumers may be missing");
  }
  for (const auto& [name, text] : meta_.entries()) {
    if (name.compare(0, kStreamEntry.size(), kStreamEntry) == 0) {
      find(std::string_view(name).substr(kStreamEntry.size()), text);
    }
  }
  report += "definitions: " + number(left_.size()) + " streams\n";
  return kOk;
}

void Fsck::Impl::find(std::string_view name, std::string_view definition) {
  const std::optional<JsonDocument> document = JsonDocument::parse(definition, kJsonDepthMax);
  const std::optional<uint64_t> id =
      document ? document->root().find("id").as_uint() : std::nullopt;
  if (!id) return damage(std::string(name) + ": its definition cannot be read");
  left_.push_back({std::string(name), "streams/" + number(*id) + "/messages"});
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
