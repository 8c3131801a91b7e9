// Permissions: what a user may publish and subscribe to, compiled from PermissionOptions for quick
// answers.
//
// Rules are nats-server's: an allow list that is absent permits everything, deny wins, subscribe
// entries may name a queue ("subject queue"). A wildcard subscription wider than a deny entry is
// accepted; what it must not see is filtered when delivered.
//
// Differs: a subscription must lie within an allow entry (`foo.>` is not within `foo.*`);
// nats-server compares the wildcard as if it were a literal and accepts it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/verdict_cache.h"
#include "core/options.h"
#include "core/subject/sublist.h"

namespace myelin {

class Permissions {
 public:
  explicit Permissions(const PermissionOptions& options);
  Permissions(const Permissions&) = delete;
  Permissions& operator=(const Permissions&) = delete;

  // The verdict is remembered for the last so many subjects.
  bool may_publish(std::string_view subject);
  bool may_subscribe(std::string_view subject, std::string_view queue) const;
  // A subscription like this may be sent what it must not see, so deliveries to it have to ask
  // may_deliver.
  bool needs_delivery_check(std::string_view subject, std::string_view queue) const;
  bool may_deliver(std::string_view subject, std::string_view queue) const;

  // As they were given.
  PermissionOptions options() const;
  const std::optional<ResponsePermission>& responses() const { return responses_; }

 private:
  struct Entry {
    std::string subject_text;
    std::string queue_text;
    uint32_t index = 0;

    uint32_t& sublist_index() { return index; }
    std::string_view subject() const { return subject_text; }
    std::string_view queue() const { return {}; }
    uint32_t weight() const { return 1; }
  };
  // Entries and, for publishing, the trie that finds them.
  struct List {
    std::vector<std::unique_ptr<Entry>> entries;
    Sublist<Entry> trie{0};
  };

  static void fill(List& list, const std::vector<std::string>& patterns);
  bool publish_verdict(std::string_view subject);
  static bool denies(const List& list, std::string_view subject, std::string_view queue);

  bool has_publish_allow_ = false;
  bool has_subscribe_allow_ = false;
  List publish_allow_;
  List publish_deny_;
  List subscribe_allow_;
  List subscribe_deny_;
  std::optional<ResponsePermission> responses_;
  VerdictCache publish_verdicts_;
};

}  // namespace myelin
