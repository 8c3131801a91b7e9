#include "hosts/native/check_store.h"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "core/fsck.h"
#include "hosts/native/jetstream_store.h"

namespace myelin {
namespace {

constexpr uint64_t kSlice = 16 * 1024 * 1024;

int refuse(const std::string& why) {
  std::fprintf(stderr, "nats-server: %s\n", why.c_str());
  return 1;
}

void show(const Fsck::Progress& progress) {
  if (isatty(STDERR_FILENO) == 0 || progress.total == 0) return;
  std::fprintf(stderr, "\r\x1b[K%s: %" PRIu64 " of %" PRIu64 " MiB", progress.stream.c_str(),
               progress.done >> 20, progress.total >> 20);
}

void print(const std::string& report) {
  if (report.empty()) return;
  if (isatty(STDERR_FILENO) != 0) std::fputs("\r\x1b[K", stderr);
  std::fputs(report.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

int check_store(const std::string& store_dir) {
  const std::string directory = jetstream_directory(store_dir);
  if (access(directory.c_str(), F_OK) != 0) return refuse("there is no store in " + store_dir);
  auto storage = FileStorage::open_directory(directory);
  if (!storage.ok()) return refuse(storage.error().context);
  Fsck fsck(*storage.value());
  const Status opened = fsck.open();
  if (!opened.ok()) return refuse(opened.error().context);
  bool is_done = false;
  while (!is_done) {
    is_done = fsck.step(kSlice);
    print(fsck.take_report());
    if (!is_done) show(fsck.progress());
  }
  std::puts(fsck.is_sound() ? "everything is there" : "something is lost");
  return fsck.is_sound() ? 0 : 1;
}

}  // namespace myelin
