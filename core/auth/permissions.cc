#include "core/auth/permissions.h"

#include "core/subject/subject.h"

namespace myelin {
namespace {

// Queue names in permissions may be patterns; a name is compared letter for letter first.
bool queue_matches(std::string_view pattern, std::string_view queue) {
  return pattern == queue || (!is_literal(pattern) && is_subset(queue, pattern));
}

}  // namespace

Permissions::Permissions(const PermissionOptions& options) : responses_(options.allow_responses) {
  // nats-server takes an empty allow list for none at all, unless responses are allowed.
  const auto& publish_allow = options.publish.allow;
  has_publish_allow_ =
      (publish_allow && !publish_allow->empty()) || options.allow_responses.has_value();
  if (publish_allow) fill(publish_allow_, *publish_allow);
  fill(publish_deny_, options.publish.deny);
  const auto& subscribe_allow = options.subscribe.allow;
  has_subscribe_allow_ = subscribe_allow && !subscribe_allow->empty();
  if (subscribe_allow) fill(subscribe_allow_, *subscribe_allow);
  fill(subscribe_deny_, options.subscribe.deny);
}

void Permissions::fill(List& list, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    auto entry = std::make_unique<Entry>();
    const size_t blank = pattern.find(' ');
    entry->subject_text = pattern.substr(0, blank);
    if (blank != std::string::npos) {
      entry->queue_text = pattern.substr(pattern.find_first_not_of(' ', blank));
    }
    // The configuration was checked; a pattern that cannot match is kept out rather than trusted.
    if (list.trie.insert(*entry)) list.entries.push_back(std::move(entry));
  }
}

PermissionOptions Permissions::options() const {
  const auto patterns = [](const List& list) {
    std::vector<std::string> all;
    for (const auto& entry : list.entries) {
      all.push_back(entry->subject_text);
      if (!entry->queue_text.empty()) all.back() += " " + entry->queue_text;
    }
    return all;
  };
  PermissionOptions options;
  if (has_publish_allow_) options.publish.allow = patterns(publish_allow_);
  options.publish.deny = patterns(publish_deny_);
  if (has_subscribe_allow_) options.subscribe.allow = patterns(subscribe_allow_);
  options.subscribe.deny = patterns(subscribe_deny_);
  options.allow_responses = responses_;
  return options;
}

bool Permissions::may_publish(std::string_view subject) {
  if (const std::optional<bool> known = publish_verdicts_.find(subject)) return *known;
  const bool verdict = publish_verdict(subject);
  publish_verdicts_.store(subject, verdict);
  return verdict;
}

bool Permissions::publish_verdict(std::string_view subject) {
  if (has_publish_allow_ && !publish_allow_.trie.has_interest(subject)) return false;
  return publish_deny_.entries.empty() || !publish_deny_.trie.has_interest(subject);
}

bool Permissions::may_subscribe(std::string_view subject, std::string_view queue) const {
  if (has_subscribe_allow_) {
    bool subject_allowed = false;
    bool queue_listed = false;
    bool queue_allowed = false;
    for (const auto& entry : subscribe_allow_.entries) {
      // What matches nothing, like a subject with an empty token, lies within nothing either.
      if (!matches(entry->subject_text, subject)) continue;
      if (!is_subset(subject, entry->subject_text)) continue;
      if (entry->queue_text.empty()) {
        subject_allowed = true;
      } else {
        queue_listed = true;
        queue_allowed = queue_allowed || queue_matches(entry->queue_text, queue);
      }
    }
    // Where entries name queues, they alone decide about queue subscriptions.
    if (!queue.empty() && queue_listed ? !queue_allowed : !subject_allowed) return false;
  }
  return !denies(subscribe_deny_, subject, queue);
}

bool Permissions::denies(const List& list, std::string_view subject, std::string_view queue) {
  for (const auto& entry : list.entries) {
    if (!matches(entry->subject_text, subject)) continue;
    if (entry->queue_text.empty()) return true;
    if (!queue.empty() && queue_matches(entry->queue_text, queue)) return true;
  }
  return false;
}

bool Permissions::needs_delivery_check(std::string_view subject, std::string_view queue) const {
  if (queue.empty() && is_literal(subject)) return false;
  for (const auto& entry : subscribe_deny_.entries) {
    if (collide(entry->subject_text, subject)) return true;
  }
  return false;
}

bool Permissions::may_deliver(std::string_view subject, std::string_view queue) const {
  return !denies(subscribe_deny_, subject, queue);
}

}  // namespace myelin
