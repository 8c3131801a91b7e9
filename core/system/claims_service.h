// ClaimsService: the system account's requests about accounts' claims, by which `nsc` brings,
// lists, fetches and deletes what a resolver keeps ($SYS.REQ.CLAIMS.> and
// $SYS.REQ.ACCOUNT.*.CLAIMS.>).
//
// Which of them there are depends on the resolver. What is kept by the host is answered when the
// host has answered.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/key_codecs.h"
#include "core/base/result.h"
#include "core/identity/claims.h"
#include "core/pubsub/resolver.h"
#include "core/system/system.h"

namespace myelin {

struct Context;

class ClaimsService {
 public:
  ClaimsService(Context& context, System& system, Resolver& resolver, const KeyCodecs& codecs)
      : context_(context), system_(system), resolver_(resolver), codecs_(codecs) {}
  ClaimsService(const ClaimsService&) = delete;
  ClaimsService& operator=(const ClaimsService&) = delete;

  // Once it is known which resolver there is, and that it is needed.
  void serve();

 private:
  // Whoever asked; the request itself does not last until the host has answered.
  struct Asker {
    std::string reply;
  };
  // Through all that is kept.
  struct Walk {
    enum class Aim : uint8_t { kList, kCompare, kPack };

    Asker asker;
    Aim aim{};
    std::string after = {};                  // the last account that was seen
    std::string theirs = {};                 // kCompare: the digest of what they keep
    std::array<uint8_t, 32> digest = {};     // kCompare: of what was seen so far
    std::vector<std::string> accounts = {};  // kList
  };
  struct Words {
    std::string_view updated;
    std::string_view failed;
    std::string_view invalid;
    std::string_view skipped;
  };

  template <void (ClaimsService::*handle)(const SystemRequest&)>
  void serve(std::string subject);

  void update_known(const SystemRequest& request);
  void update_of_account(const SystemRequest& request);
  void update(const SystemRequest& request);
  void lookup(const SystemRequest& request);
  void pack(const SystemRequest& request);
  void list(const SystemRequest& request);
  void walk(Walk walk, std::string after);
  void take_page(Walk walk, const Resolver::Answer& lines);
  void look_at(Walk& walk, std::string_view account, std::string_view jwt);
  void end_walk(Walk walk);
  void erase(const SystemRequest& request);

  const Words& words() const;
  void take(const SystemRequest& request, std::string_view account);
  void keep(const Asker& asker, const std::string& account, std::string jwt);
  void erase_next(const Asker& asker, std::vector<std::string> accounts, size_t deleted,
                  std::vector<std::string> failures);
  Result<std::vector<std::string>> accounts_to_erase(std::string_view jwt,
                                                     std::string& subject) const;

  void succeed(const Asker& asker, std::string_view account, std::string_view message);
  void fail(const Asker& asker, std::string_view account, std::string_view message,
            std::string_view why);
  void answer(const Asker& asker, std::string_view data);
  void reply(const Asker& asker, std::string_view text);

  Context& context_;
  System& system_;
  Resolver& resolver_;
  const KeyCodecs& codecs_;
};

}  // namespace myelin
