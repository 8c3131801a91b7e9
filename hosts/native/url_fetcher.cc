#include "hosts/native/url_fetcher.h"

#include <signal.h>

#include <utility>

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr size_t kAnswerSizeMax = 1024 * 1024;
constexpr long kRedirectionsMax = 10;
constexpr int kPollMs = 60000;
constexpr const char* kProtocols = "http,https";

// As nats-server shows a URL: without who asks.
std::string redacted(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const size_t begin = scheme + 3;
  const size_t end = url.find('/', begin);
  const size_t at = url.rfind('@', end == std::string::npos ? std::string::npos : end);
  if (at == std::string::npos || at < begin) return url;
  const size_t colon = url.find(':', begin);
  if (colon == std::string::npos || colon > at) return url;
  return url.substr(0, colon + 1) + "xxxxx" + url.substr(at);
}

}  // namespace

struct UrlFetcher::Transfer {
  std::string url;
  Then then;
  std::string body;
  bool is_too_large = false;

  static size_t take(char* bytes, size_t size, size_t count, void* self) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    transfer.is_too_large = transfer.body.size() + size * count > kAnswerSizeMax;
    if (transfer.is_too_large) return 0;
    transfer.body.append(bytes, size * count);
    return size * count;
  }
};

Result<std::unique_ptr<UrlFetcher>> UrlFetcher::open(std::string base, Duration timeout,
                                                     std::optional<TlsOptions> tls) {
  Result<CurlLibrary> curl = CurlLibrary::load();
  if (!curl.ok()) return curl.error();
  CURLM* const multi = curl.value().multi_init();
  if (multi == nullptr) return Error{Errc::kIo, "libcurl cannot begin"};
  if (!base.ends_with('/')) base += '/';
  return std::unique_ptr<UrlFetcher>(
      new UrlFetcher(curl.value(), multi, std::move(base), timeout, std::move(tls)));
}

UrlFetcher::UrlFetcher(CurlLibrary curl, CURLM* multi, std::string base, Duration timeout,
                       std::optional<TlsOptions> tls)
    : curl_(curl), multi_(multi), base_(std::move(base)), timeout_(timeout), tls_(std::move(tls)) {}

UrlFetcher::~UrlFetcher() {
  if (is_started_) {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    curl_.multi_wakeup(multi_);
    pthread_join(thread_, nullptr);
  }
  for (const auto& [handle, transfer] : transfers_) {
    curl_.multi_remove_handle(multi_, handle);
    curl_.easy_cleanup(handle);
  }
  curl_.multi_cleanup(multi_);
}

UrlFetcher::Answer UrlFetcher::fetch_now(const std::string& name) {
  std::optional<Answer> answer;
  begin(name, [&](Answer came) { answer = std::move(came); });
  while (!answer) run_until_idle_or_woken();
  return std::move(*answer);
}

// Signals are the loop's: the thread is born with all of them blocked.
Status UrlFetcher::start() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto body = [](void* self) -> void* {
    static_cast<UrlFetcher*>(self)->work();
    return nullptr;
  };
  is_started_ = pthread_create(&thread_, nullptr, body, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!is_started_) return Error{Errc::kIo, "no thread can be started"};
  return kOk;
}

void UrlFetcher::fetch(std::string name, Then then) {
  {
    const std::lock_guard lock(mutex_);
    queued_.emplace_back(std::move(name), std::move(then));
  }
  curl_.multi_wakeup(multi_);
}

void UrlFetcher::work() {
  for (;;) {
    std::vector<std::pair<std::string, Then>> queued;
    {
      const std::lock_guard lock(mutex_);
      if (is_ending_) return;
      queued.swap(queued_);
    }
    for (auto& [name, then] : queued) begin(std::move(name), std::move(then));
    run_until_idle_or_woken();
  }
}

bool UrlFetcher::begin(std::string name, Then then) {
  auto transfer = std::make_unique<Transfer>();
  transfer->url = base_ + name;
  transfer->then = std::move(then);
  CURL* const handle = curl_.easy_init();
  if (handle != nullptr) set_options(handle, *transfer);
  if (handle == nullptr || curl_.multi_add_handle(multi_, handle) != CURLM_OK) {
    if (handle != nullptr) curl_.easy_cleanup(handle);
    transfer->then(Error{Errc::kIo, "libcurl cannot begin"});
    return false;
  }
  transfers_.emplace(handle, std::move(transfer));
  return true;
}

// No proxy of the environment's, as Go's transport is made without one.
void UrlFetcher::set_options(CURL* handle, Transfer& transfer) const {
  const auto set = curl_.easy_setopt;
  const auto timeout_ms = static_cast<long>(timeout_.count() / 1'000'000);
  set(handle, CURLOPT_URL, transfer.url.c_str());
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
  set(handle, CURLOPT_PROTOCOLS_STR, kProtocols);
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, kProtocols);
  set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  set(handle, CURLOPT_MAXREDIRS, kRedirectionsMax);
  set(handle, CURLOPT_PROXY, "");
  set(handle, CURLOPT_WRITEFUNCTION, &Transfer::take);
  set(handle, CURLOPT_WRITEDATA, &transfer);
  if (!tls_) return;
  if (!tls_->ca_file.empty()) set(handle, CURLOPT_CAINFO, tls_->ca_file.c_str());
  if (!tls_->certs.empty()) {
    set(handle, CURLOPT_SSLCERT, tls_->certs[0].cert_file.c_str());
    set(handle, CURLOPT_SSLKEY, tls_->certs[0].key_file.c_str());
  }
  if (tls_->insecure) {
    set(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    set(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  set(handle, CURLOPT_SSLVERSION,
      static_cast<long>(tls_->min_version == "1.3" ? CURL_SSLVERSION_TLSv1_3
                                                   : CURL_SSLVERSION_TLSv1_2));
}

void UrlFetcher::run_until_idle_or_woken() {
  int running = 0;
  curl_.multi_perform(multi_, &running);
  take_done();
  if (transfers_.empty() && !is_started_) return;
  curl_.multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  curl_.multi_perform(multi_, &running);
  take_done();
}

void UrlFetcher::take_done() {
  int left = 0;
  while (const CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const handle = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto found = transfers_.find(handle);
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    transfers_.erase(found);
    Answer answer = answer_of(handle, code, *transfer);
    curl_.multi_remove_handle(multi_, handle);
    curl_.easy_cleanup(handle);
    transfer->then(std::move(answer));
  }
}

UrlFetcher::Answer UrlFetcher::answer_of(CURL* handle, CURLcode code, Transfer& transfer) const {
  const std::string failed = "could not fetch <" + go_quote(redacted(transfer.url)) + ">: ";
  if (transfer.is_too_large) return Error{Errc::kInvalid, failed + "the answer is too large"};
  if (code != CURLE_OK) return Error{Errc::kIo, failed + curl_.easy_strerror(code)};
  long status = 0;
  curl_.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200) return std::move(transfer.body);
  return Error{status == 404 ? Errc::kNotFound : Errc::kIo, failed + decimal(status)};
}

}  // namespace myelin
