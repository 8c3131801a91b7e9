#include "core/jetstream/store_manifest.h"

#include <string_view>

#include "core/base/crc32c.h"
#include "core/jetstream/index_bytes.h"

namespace myelin {
namespace {

constexpr std::string_view kManifestMagic = "MYMF";
constexpr uint32_t kGone = UINT32_MAX;
constexpr uint64_t kManifestSizeMax = 64 * 1024 * 1024;

RecordLog::Revisions revisions_in(std::string_view bytes) {
  RecordLog::Revisions revisions;
  if (bytes.size() < kManifestMagic.size() + 4 || !bytes.starts_with(kManifestMagic))
    return revisions;
  IndexReader crc(bytes.substr(bytes.size() - 4));
  bytes.remove_suffix(4);
  if (crc.take<uint32_t>() != crc32c(0, as_bytes(bytes))) return revisions;
  IndexReader from(bytes.substr(kManifestMagic.size()));
  while (!from.at_end() && from.ok()) {
    const auto first = from.take<uint64_t>();
    const auto last = from.take<uint64_t>();
    const auto revision = from.take<uint32_t>();
    if (!from.ok() || first > last) break;
    if (revision == kGone) {
      revisions.gone[first] = last;
    } else {
      revisions.rewritten[first] = revision;
    }
  }
  return revisions;
}

}  // namespace

Result<RecordLog::Revisions> StoreManifest::read() {
  const auto content = file_.read(kManifestSizeMax);
  if (!content.ok()) return content.error();
  return content.value() ? revisions_in(*content.value()) : RecordLog::Revisions();
}

Status StoreManifest::write(const RecordLog::Revisions& revisions) {
  IndexWriter to;
  to.bytes() = kManifestMagic;
  for (const auto& [segment, revision] : revisions.rewritten) {
    to.put(segment);
    to.put(segment);
    to.put(revision);
  }
  for (const auto& [first, last] : revisions.gone) {
    to.put(first);
    to.put(last);
    to.put(kGone);
  }
  to.put(crc32c(0, as_bytes(to.bytes())));
  return file_.write(to.bytes());
}

}  // namespace myelin
