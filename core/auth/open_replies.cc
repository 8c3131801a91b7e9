#include "core/auth/open_replies.h"

#include "core/limits.h"

namespace myelin {

bool OpenReplies::is_used_up(const Reply& reply, const ResponsePermission& rules, Instant now) {
  if (rules.max_msgs > 0 && reply.count >= rules.max_msgs) return true;
  return rules.expires > Duration{} && now - reply.since > rules.expires;
}

void OpenReplies::open(std::string_view reply, const ResponsePermission& rules, Instant now) {
  const uint64_t number = ++last_number_;
  if (replies_.size() >= kReplyPermissionMax) {
    std::erase_if(replies_, [&](const auto& entry) {
      return entry.second.number + kReplyPermissionMax / 2 < number ||
             is_used_up(entry.second, rules, now);
    });
  }
  replies_[std::string(reply)] = {.since = now, .count = 0, .number = number};
}

bool OpenReplies::use(std::string_view subject, const ResponsePermission& rules, Instant now) {
  const auto found = replies_.find(subject);
  if (found == replies_.end()) return false;
  if (is_used_up(found->second, rules, now)) {
    replies_.erase(found);
    return false;
  }
  ++found->second.count;
  return true;
}

}  // namespace myelin
