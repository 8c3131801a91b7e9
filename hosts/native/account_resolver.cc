#include "hosts/native/account_resolver.h"

#include <algorithm>
#include <utility>

#include "hosts/common/clock.h"

namespace myelin {
namespace {

constexpr int64_t kCacheFilesMax = 1000;

JwtDirectoryOptions directory_options(ResolverKind kind, const ResolverOptions& options) {
  using Deletion = JwtDirectoryOptions::Deletion;
  const bool is_cache = kind == ResolverKind::kCache;
  const int64_t limit = options.limit <= 0 && is_cache ? kCacheFilesMax : options.limit;
  return {.path = options.dir,
          .files_max = static_cast<uint64_t>(std::max<int64_t>(limit, 0)),
          .is_cache = is_cache,
          .ttl = options.ttl,
          .deletion = options.hard_delete || is_cache ? Deletion::kRemoved : Deletion::kRenamed};
}

TaskAnswer cannot() { return Error{Errc::kUnsupported, "this resolver does not do that"}; }

}  // namespace

Result<std::unique_ptr<AccountResolver>> AccountResolver::open(ResolverKind kind,
                                                               const ResolverOptions& options) {
  std::unique_ptr<AccountResolver> resolver(new AccountResolver);
  if (kind == ResolverKind::kUrl) {
    auto url = UrlFetcher::open(options.url, options.timeout, options.tls);
    if (!url.ok()) return url.error();
    resolver->url_ = std::move(url.value());
    TRY(resolver->url_->fetch_now(""));
    return resolver;
  }
  auto directory = JwtDirectory::open(directory_options(kind, options), read_clocks().mono);
  if (!directory.ok()) return directory.error();
  resolver->directory_ = std::move(directory.value());
  return resolver;
}

Result<std::string> AccountResolver::fetch_now(const std::string& account) {
  return url_ ? url_->fetch_now(account) : directory_->load(account, read_clocks().mono);
}

Status AccountResolver::start(Finish finish) {
  finish_ = std::move(finish);
  return url_ ? url_->start() : thread_.start();
}

void AccountResolver::submit(Task task) {
  if (!url_) {
    thread_.submit([this, task = std::move(task)] { finish_(task.id, answer(task)); });
  } else if (const auto* fetch = std::get_if<FetchAccountJwt>(&task.work)) {
    url_->fetch(fetch->account,
                [this, id = task.id](TaskAnswer came) { finish_(id, std::move(came)); });
  } else {
    finish_(task.id, cannot());
  }
}

TaskAnswer AccountResolver::answer(const Task& task) {
  const Instant now = read_clocks().mono;
  if (const auto* fetch = std::get_if<FetchAccountJwt>(&task.work)) {
    return directory_->load(fetch->account, now);
  }
  if (const auto* store = std::get_if<StoreAccountJwt>(&task.work)) {
    const Result<bool> changed = directory_->store(store->account, store->jwt, now);
    if (!changed.ok()) return changed.error();
    return std::string(changed.value() ? "1" : "");
  }
  if (const auto* removal = std::get_if<DeleteAccountJwt>(&task.work)) {
    TRY(directory_->remove(removal->account));
    return std::string("1");
  }
  if (const auto* list = std::get_if<ListAccountJwts>(&task.work)) {
    return directory_->page(list->after, list->size_max, now);
  }
  return cannot();
}

}  // namespace myelin
