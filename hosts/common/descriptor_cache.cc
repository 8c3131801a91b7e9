#include "hosts/common/descriptor_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "hosts/common/system_call.h"

namespace myelin {

DescriptorCache::~DescriptorCache() {
  while (!open_.empty()) close(*open_.front());
  if (own_directory_ >= 0) ::close(own_directory_);
}

void DescriptorCache::set_directory(int directory) {
  directory_ = directory;
  own_directory_ = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

Result<int> DescriptorCache::get(Entry& entry) {
  if (entry.fd < 0) return open(entry, 0);
  if (open_.front() != &entry) open_.splice(open_.begin(), open_, entry.place);
  return entry.fd;
}

Result<int> DescriptorCache::create(Entry& entry) { return open(entry, O_CREAT); }

Result<int> DescriptorCache::open(Entry& entry, int flags) {
  while (open_.size() >= open_max_ && close_oldest()) continue;
  const auto attempt = [&] {
    return retried([&] {
      return openat(directory_, entry.name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    });
  };
  int fd = attempt();
  while (fd < 0 && (errno == EMFILE || errno == ENFILE) && close_oldest()) fd = attempt();
  if (fd < 0) return system_error(entry.name);
  entry.fd = fd;
  open_.push_front(&entry);
  entry.place = open_.begin();
  return fd;
}

// One that needs no sync; if there is none, all are synced as one.
bool DescriptorCache::close_oldest() {
  Entry* oldest = nullptr;
  for (auto at = open_.rbegin(); at != open_.rend(); ++at) {
    Entry& entry = **at;
    if (entry.pins > 0) continue;
    const bool is_synced = entry.writes == entry.writes_synced || entry.failed;
    if (oldest == nullptr || is_synced) oldest = &entry;
    if (is_synced) break;
  }
  if (oldest == nullptr) return false;
  if (oldest->writes != oldest->writes_synced && !oldest->failed) sync(*oldest);
  close(*oldest);
  return true;
}

void DescriptorCache::sync(Entry& entry) {
  if (is_file_system_sound_) is_file_system_sound_ = sync_file_system(own_directory_);
  if (is_file_system_sound_) {
    for (Entry* const open : open_) {
      if (!open->failed) open->writes_synced = open->writes;
    }
    return;
  }
  if (retried([&] { return fdatasync(entry.fd); }) != 0) entry.fail(system_error("sync"));
}

void DescriptorCache::close(Entry& entry) {
  if (entry.fd < 0) return;
  ::close(entry.fd);
  entry.fd = -1;
  open_.erase(entry.place);
}

}  // namespace myelin
