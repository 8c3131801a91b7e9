#include "hosts/native/curl_library.h"

#include <dlfcn.h>

#include <string>

namespace myelin {
namespace {

constexpr const char* kLibraryName = "libcurl.so.4";

template <class Function>
bool find(void* library, const char* name, Function& to) {
  to = reinterpret_cast<Function>(dlsym(library, name));
  return to != nullptr;
}

}  // namespace

Result<CurlLibrary> CurlLibrary::load() {
  void* const library = dlopen(kLibraryName, RTLD_NOW | RTLD_LOCAL);
  const auto missing = [] {
    const char* const why = dlerror();
    return Error{Errc::kUnsupported, std::string("libcurl is needed to fetch from a URL: ") +
                                         (why == nullptr ? kLibraryName : why)};
  };
  if (library == nullptr) return missing();
  CurlLibrary curl;
  const bool is_whole = find(library, "curl_global_init", curl.global_init) &&
                        find(library, "curl_easy_init", curl.easy_init) &&
                        find(library, "curl_easy_setopt", curl.easy_setopt) &&
                        find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                        find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                        find(library, "curl_easy_strerror", curl.easy_strerror) &&
                        find(library, "curl_multi_init", curl.multi_init) &&
                        find(library, "curl_multi_add_handle", curl.multi_add_handle) &&
                        find(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
                        find(library, "curl_multi_perform", curl.multi_perform) &&
                        find(library, "curl_multi_poll", curl.multi_poll) &&
                        find(library, "curl_multi_wakeup", curl.multi_wakeup) &&
                        find(library, "curl_multi_info_read", curl.multi_info_read) &&
                        find(library, "curl_multi_cleanup", curl.multi_cleanup);
  if (!is_whole || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return missing();
  return curl;
}

}  // namespace myelin
