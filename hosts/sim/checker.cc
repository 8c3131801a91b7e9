#include "hosts/sim/checker.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/base/crc32c.h"
#include "hosts/sim/broken_promise.h"

namespace myelin::sim {
namespace {

std::string at(const std::string& stream, uint64_t seq) {
  return stream + " " + std::to_string(seq);
}

void promise(bool is_kept, const char* text, const std::string& seen) {
  if (!is_kept) throw BrokenPromise(text, seen);
}

uint64_t value_of(std::string_view payload) {
  uint64_t value = 0;
  std::from_chars(payload.data(), payload.data() + payload.size(), value);
  return value;
}

}  // namespace

void Checker::sent(const std::string& stream, const std::string& id, std::string subject,
                   std::string payload) {
  streams_[stream].sent[id] = {std::move(subject), std::move(payload)};
}

void Checker::acked(const std::string& stream, const std::string& id, uint64_t seq) {
  Facts& facts = streams_[stream];
  const auto [known, is_new] = facts.acked.emplace(seq, id);
  promise(known->second == id, "4: a sequence is never used for other content",
          at(stream, seq) + " was " + known->second + " and is " + id);
  if (is_new) ++acked_count_;
  digest(seq);
}

void Checker::refused(const std::string& stream, const std::string& id) {
  streams_[stream].sent[id].is_refused = true;
  digest(id);
}

size_t Checker::removing(const std::string& stream, std::string subject, uint64_t from,
                         uint64_t below) {
  Facts& facts = streams_[stream];
  facts.removals.push_back({std::move(subject), from, below});
  return facts.removals.size() - 1;
}

void Checker::removed(const std::string& stream, size_t removal) {
  streams_[stream].removals.at(removal).is_confirmed = true;
  digest(removal);
}

void Checker::delivered(const std::string& stream, const std::string& consumer, uint64_t seq,
                        std::string_view payload) {
  digest(seq);
  Facts& facts = streams_[stream];
  const Acks& acks = facts.consumers[consumer];
  promise(!acks.confirmed.contains(seq),
          "6: what was acknowledged, and confirmed, is not delivered again",
          consumer + " of " + at(stream, seq));
  const std::string id(payload.substr(0, payload.find(' ')));
  const auto known = facts.sent.find(id);
  promise(known != facts.sent.end() && known->second.payload == payload,
          "2: what is delivered is what was sent", at(stream, seq));
}

void Checker::acking(const std::string& stream, const std::string& consumer, uint64_t seq) {
  streams_[stream].consumers[consumer].asked.insert(seq);
}

void Checker::ack_confirmed(const std::string& stream, const std::string& consumer, uint64_t seq) {
  streams_[stream].consumers[consumer].confirmed.insert(seq);
  digest(seq);
}

void Checker::put_acked(const std::string& key, uint64_t revision, uint64_t value) {
  Key& facts = keys_[key];
  const auto [known, is_new] = facts.revisions.emplace(revision, value);
  promise(known->second == value, "4: a sequence is never used for other content",
          key + " at " + std::to_string(revision));
  facts.value = std::max(facts.value, value);
  if (is_new) ++acked_count_;
  digest(revision);
}

uint64_t Checker::value_acked(const std::string& key) const {
  const auto known = keys_.find(key);
  return known == keys_.end() ? 0 : known->second.value;
}

void Checker::value_read(const std::string& key, uint64_t revision, uint64_t value,
                         uint64_t at_least) {
  digest(value);
  promise(value >= at_least, "10: what is read is not older than what was acknowledged before",
          key + " is " + std::to_string(value) + ", was " + std::to_string(at_least));
  const auto& revisions = keys_[key].revisions;
  const auto known = revisions.find(revision);
  promise(known == revisions.end() || known->second == value,
          "4: a sequence is never used for other content", key);
}

void Checker::found(const std::string& stream, Kind kind, const Found& found, bool is_rotten) {
  digest(stream);
  digest(found.last);
  std::map<std::string, uint64_t> ids;
  for (const auto& [seq, stored] : found.messages) {
    digest(seq);
    digest(stored.payload);
    if (kind == Kind::kKeys) continue;
    check_stored(stream, seq, stored, is_rotten);
    const auto [first, is_new] = ids.emplace(stored.id, seq);
    promise(is_new || is_rotten, "3: nothing that carried a message id is stored twice",
            stored.id + " at " + std::to_string(first->second) + " and " + at(stream, seq));
  }
  if (kind == Kind::kKeys) return check_keys(found, is_rotten);
  check_missing(stream, kind, found, is_rotten);
}

void Checker::check_stored(const std::string& stream, uint64_t seq, const Stored& stored,
                           bool is_rotten) const {
  const Facts& facts = streams_.at(stream);
  const auto known = facts.sent.find(stored.id);
  promise(known != facts.sent.end() && known->second.payload == stored.payload &&
              known->second.subject == stored.subject,
          "2: what is stored is what was sent", at(stream, seq) + " " + stored.id);
  promise(!known->second.is_refused, "9: a refused publish stores nothing", at(stream, seq));
  const auto acked = facts.acked.find(seq);
  promise(acked == facts.acked.end() || acked->second == stored.id || is_rotten,
          "4: a sequence is never used for other content", at(stream, seq) + " is " + stored.id);
  for (const Removal& removal : facts.removals) {
    if (!removal.is_confirmed || is_rotten) continue;
    promise(!is_covered(removal, seq, stored.subject), "5: what was removed stays away",
            at(stream, seq));
  }
}

void Checker::check_missing(const std::string& stream, Kind kind, const Found& found,
                            bool is_rotten) const {
  const auto facts = streams_.find(stream);
  if (facts == streams_.end()) return;
  const uint64_t last_there = found.messages.empty() ? 0 : found.messages.rbegin()->first;
  for (const auto& [seq, id] : facts->second.acked) {
    if (!found.messages.contains(seq)) {
      if (may_be_gone(facts->second, kind, seq, id)) continue;
      const bool is_explained = found.reports_loss || seq > last_there;
      if (is_rotten) {
        promise(is_explained, "11: what rot took is reported", at(stream, seq));
        continue;
      }
      promise(kind != Kind::kWorkQueue, "8: a work queue gives up only what was acknowledged",
              at(stream, seq) + " " + id);
      promise(false, "1: an acknowledged message is there", at(stream, seq) + " " + id);
    } else if (kind == Kind::kWorkQueue && !is_rotten) {
      for (const auto& [name, acks] : facts->second.consumers) {
        promise(!acks.confirmed.contains(seq), "5: what was removed stays away", at(stream, seq));
      }
    }
  }
  const auto& acked = facts->second.acked;
  promise(acked.empty() || is_rotten || found.last >= acked.rbegin()->first,
          "4: sequences go on after the last one acknowledged", at(stream, found.last));
}

bool Checker::is_covered(const Removal& removal, uint64_t seq, std::string_view subject) {
  if (seq < removal.from || seq >= removal.below) return false;
  return removal.subject.empty() || removal.subject == subject;
}

bool Checker::is_removing(const Facts& facts, uint64_t seq, std::string_view subject) {
  return std::any_of(facts.removals.begin(), facts.removals.end(),
                     [&](const Removal& removal) { return is_covered(removal, seq, subject); });
}

bool Checker::may_be_gone(const Facts& facts, Kind kind, uint64_t seq, const std::string& id) {
  if (is_removing(facts, seq, facts.sent.at(id).subject)) return true;
  if (kind != Kind::kWorkQueue) return false;
  return std::any_of(facts.consumers.begin(), facts.consumers.end(),
                     [&](const auto& consumer) { return consumer.second.asked.contains(seq); });
}

void Checker::check_keys(const Found& found, bool is_rotten) const {
  std::map<std::string, uint64_t> values;
  for (const auto& [seq, stored] : found.messages) {
    const uint64_t value = value_of(stored.payload);
    const auto [last, is_first] = values.emplace(stored.subject, value);
    promise(is_first || is_rotten || value == last->second + 1,
            "10: each revision is made from the one before it",
            stored.subject + " at " + std::to_string(seq) + " is " + std::to_string(value) +
                " after " + std::to_string(last->second));
    last->second = value;
    const auto key = keys_.find(stored.subject);
    if (key == keys_.end()) continue;
    const auto acked = key->second.revisions.find(seq);
    promise(acked == key->second.revisions.end() || acked->second == value || is_rotten,
            "4: a sequence is never used for other content", stored.subject);
  }
  for (const auto& [subject, key] : keys_) {
    const auto last = values.find(subject);
    const uint64_t value = last == values.end() ? 0 : last->second;
    const uint64_t revision = key.revisions.empty() ? 0 : key.revisions.rbegin()->first;
    if (value >= key.value) continue;
    const uint64_t last_there = found.messages.empty() ? 0 : found.messages.rbegin()->first;
    promise(is_rotten, "1: an acknowledged revision is there",
            subject + " is " + std::to_string(value) + ", was " + std::to_string(key.value));
    promise(found.reports_loss || revision > last_there, "11: what rot took is reported", subject);
  }
}

void Checker::drained(const std::string& stream, const std::string& consumer, Kind kind,
                      const Found& found) {
  const Facts& facts = streams_[stream];
  const std::set<uint64_t>& asked = streams_[stream].consumers[consumer].asked;
  for (const auto& [seq, stored] : found.messages) {
    // A removal that failed may have been believed by the consumer alone.
    if (is_removing(facts, seq, stored.subject)) continue;
    promise(asked.contains(seq), "7: a consumer passes over no message",
            consumer + " of " + at(stream, seq));
    promise(kind != Kind::kWorkQueue, "12: a work queue keeps nothing that is done",
            at(stream, seq));
  }
}

std::optional<uint64_t> Checker::draw_acked(const std::string& stream, uint64_t random) const {
  const auto facts = streams_.find(stream);
  if (facts == streams_.end() || facts->second.acked.empty()) return std::nullopt;
  const auto index = random % facts->second.acked.size();
  return std::next(facts->second.acked.begin(), static_cast<std::ptrdiff_t>(index))->first;
}

std::string Checker::subject_of(const std::string& stream, uint64_t seq) const {
  const Facts& facts = streams_.at(stream);
  return facts.sent.at(facts.acked.at(seq)).subject;
}

void Checker::digest(std::string_view bytes) { hash_ = crc32c(hash_, as_bytes(bytes)); }

void Checker::digest(uint64_t number) {
  std::array<std::byte, 8> bytes;
  std::memcpy(bytes.data(), &number, bytes.size());
  hash_ = crc32c(hash_, bytes);
}

}  // namespace myelin::sim
