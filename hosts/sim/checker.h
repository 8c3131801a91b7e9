// Checker: what clients were promised, and whether the server keeps it. It is told what actors
// sent, were answered and received, and looks at what a stream holds. Its promises:
//
//   1. An acknowledged message is there after any crash.
//   2. What is stored or delivered is what was sent, byte for byte.
//   3. Nothing that carried a message id is stored twice.
//   4. A sequence is never used for other content.
//   5. What was durably removed stays away.
//   6. What a consumer acknowledged, and was told so, is not delivered again.
//   7. A consumer passes over no message that nobody asked to remove.
//   8. A work queue gives up a message only to an acknowledgement.
//   9. A refused publish stores nothing.
//  10. A key's revisions are one line, each made from the one before it.
//  11. What rot took is reported, or was cut from the end.
//  12. A work queue keeps nothing that is done.
//  13. A failed sync takes only the streams of the failed files offline (asked by the Swarm).
//
// It has no opinion on time, order between links, or what was never answered: that may have
// happened or not. A broken promise is thrown. Everything it is told goes into its digest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::sim {

class Checker {
 public:
  // Publishing with a message id.
  void sent(const std::string& stream, const std::string& id, std::string subject,
            std::string payload);
  void acked(const std::string& stream, const std::string& id, uint64_t seq);
  void refused(const std::string& stream, const std::string& id);

  // Removing a message, or those of a subject below a sequence; returns a number for removed().
  size_t removing(const std::string& stream, std::string subject, uint64_t from, uint64_t below);
  void removed(const std::string& stream, size_t removal);

  // Consuming with explicit acknowledgements, on one link at a time.
  void delivered(const std::string& stream, const std::string& consumer, uint64_t seq,
                 std::string_view payload);
  void acking(const std::string& stream, const std::string& consumer, uint64_t seq);
  void ack_confirmed(const std::string& stream, const std::string& consumer, uint64_t seq);

  // Keys whose values count up: a revision and its value.
  void put_acked(const std::string& key, uint64_t revision, uint64_t value);
  uint64_t value_acked(const std::string& key) const;
  void value_read(const std::string& key, uint64_t revision, uint64_t value, uint64_t at_least);

  // What a stream holds.
  struct Stored {
    std::string subject;
    std::string id;
    std::string payload;
  };
  struct Found {
    std::map<uint64_t, Stored> messages;
    uint64_t last = 0;
    bool reports_loss = false;
  };
  enum class Kind { kLimits, kWorkQueue, kKeys };
  void found(const std::string& stream, Kind kind, const Found& found, bool is_rotten);
  // The consumer says that nothing is left for it.
  void drained(const std::string& stream, const std::string& consumer, Kind kind,
               const Found& found);

  // Some message that was acknowledged and that nobody removes yet.
  std::optional<uint64_t> draw_acked(const std::string& stream, uint64_t random) const;
  std::string subject_of(const std::string& stream, uint64_t seq) const;

  void digest(std::string_view bytes);
  void digest(uint64_t number);
  uint32_t hash() const { return hash_; }
  uint64_t count() const { return acked_count_; }

 private:
  struct Sent {
    std::string subject;
    std::string payload;
    bool is_refused = false;
  };
  struct Removal {
    std::string subject;  // empty: any
    uint64_t from = 0;
    uint64_t below = 0;
    bool is_confirmed = false;
  };
  struct Acks {
    std::set<uint64_t> asked;
    std::set<uint64_t> confirmed;
  };
  struct Facts {
    std::map<std::string, Sent> sent;
    std::map<uint64_t, std::string> acked;  // the id of what stands there
    std::vector<Removal> removals;
    std::map<std::string, Acks> consumers;
  };
  struct Key {
    std::map<uint64_t, uint64_t> revisions;  // acknowledged
    uint64_t value = 0;                      // the largest of them
  };

  void check_stored(const std::string& stream, uint64_t seq, const Stored& stored,
                    bool is_rotten) const;
  void check_missing(const std::string& stream, Kind kind, const Found& found,
                     bool is_rotten) const;
  void check_keys(const Found& found, bool is_rotten) const;
  static bool is_covered(const Removal& removal, uint64_t seq, std::string_view subject);
  static bool is_removing(const Facts& facts, uint64_t seq, std::string_view subject);
  static bool may_be_gone(const Facts& facts, Kind kind, uint64_t seq, const std::string& id);

  std::map<std::string, Facts> streams_;
  std::map<std::string, Key> keys_;
  uint32_t hash_ = 0;
  uint64_t acked_count_ = 0;
};

}  // namespace myelin::sim
