// MessageStore: the messages of one stream, in a record log over Storage, with the indexes that
// find them. The one store there is: a memory stream keeps its log in a MemoryStorage of its own.
//
//     append -> sequence      remove, erase, purge      load, next, last, count ... by index
//     collect_unsynced -> Storage::sync -> sync_asked ... on_synced      durable
//     work                    in slices: compaction, the index snapshot
//
// Promises: what was appended (removed, purged) before a sync_asked whose ticket came back without
// a failure is so after every restart. After a crash without it, each such change is there or not,
// and the messages kept are without gaps up to the last. Damage is reported in lost() and nothing
// else is deleted. A sequence is never given twice.
//
// It knows no limits, no consumers, no headers' meaning. Everything returned is borrowed until the
// next call that is not const-like in name (load, next and last read into a buffer of the store).
// Resident: the subject index, and per segment a summary; a segment's offsets load on use and a
// bounded number of them stay.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/jetstream/message_codec.h"
#include "core/jetstream/subject_filter.h"
#include "core/storage/storage.h"

namespace myelin {

// A message in a stream. `content` is its header block, if any, then its payload.
struct StoredMessage {
  uint64_t sequence = 0;
  WallTime time;
  std::string_view subject;
  std::string_view content;
  uint32_t header_size = 0;

  std::string_view headers() const { return content.substr(0, header_size); }
  std::string_view payload() const { return content.substr(header_size); }
};

struct NewMessage {
  std::string_view subject;
  std::string_view content;  // headers, then payload
  uint32_t header_size = 0;
  WallTime time;
  std::optional<WallTime> expires;  // of a message with a TTL
  // Of a message that has one already: those between the last and it are nobody's. 0: the next.
  uint64_t sequence = 0;
};

// As STREAM.INFO shows it. Of an empty store, first_sequence is last_sequence + 1.
struct StoreState {
  uint64_t messages = 0;
  uint64_t bytes = 0;  // as nats-server counts them for this kind of storage
  uint64_t first_sequence = 1;
  uint64_t last_sequence = 0;
  WallTime first_time;
  WallTime last_time;  // of the last message ever stored
};

struct SubjectSummary {
  uint64_t messages = 0;
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
};

class MessageStore {
 public:
  using Codec = MessageCodec;
  struct Options {
    std::string folder;           // in the Storage
    uint64_t first_sequence = 1;  // of a store that is new
    bool is_file = true;  // how bytes are counted: 30 + subject + payload (+ 4 + headers), or
                          // 16 + subject + content
    uint64_t segment_size = 8 * 1024 * 1024;
    uint64_t salt = 0;        // random
    bool reads_all = false;   // at recovery, whatever the index snapshot says
    Codec codec;              // contents that were compressed are read by it, whatever follows
    bool compresses = false;  // new contents, where that makes them smaller
  };
  struct LostMessages {
    std::vector<std::pair<uint64_t, uint64_t>> ranges;  // first and last sequence, as far as known
    uint64_t bytes = 0;
  };

  MessageStore(Storage& storage, Options options);
  ~MessageStore();
  MessageStore(const MessageStore&) = delete;
  MessageStore& operator=(const MessageStore&) = delete;

  // Opens what is there, or begins; then recover until true. `budget` is about bytes read.
  Status open();
  Result<bool> recover(uint64_t& budget);
  const LostMessages& lost() const;
  // Of a torn write at the end, which recovery took away: nobody was promised that it stays.
  uint64_t cut_size() const;

  // Reads the first message if it has changed: what is asked at every message is below.
  const StoreState& state() const;
  uint64_t messages() const;
  uint64_t bytes() const;
  uint64_t first_sequence() const;
  uint64_t last_sequence() const;
  uint64_t subjects() const;  // distinct, now stored

  // Of messages from now on.
  void set_compresses(bool compresses);
  // kFull if the disk has no room, and then nothing has changed.
  Result<uint64_t> append(const NewMessage& message);
  // Uses up a sequence for a message that nobody wants.
  Result<uint64_t> skip(WallTime time);
  // The same, for all up to this one.
  Result<uint64_t> skip_to(uint64_t last_sequence, WallTime time);
  // False if there is no such message. Its bytes stay on the disk until compaction.
  Result<bool> remove(uint64_t sequence);
  // Removes it so that its bytes are gone from the disk once erased() has reached the number
  // returned; 0 if there is no such message.
  Result<uint64_t> erase(uint64_t sequence);
  uint64_t erased() const;
  // Removes what matches and has a sequence below `below` (0: any), but the last `keep`. Returns
  // how many. A purge of everything leaves first_sequence = last_sequence + 1, or `below` if
  // larger.
  Result<uint64_t> purge(const SubjectFilter& filter, uint64_t below, uint64_t keep);
  // Removes the store's names from the disk: the stream is deleted. Nothing may be called after.
  Status destroy();

  // The message, if it is there.
  std::optional<StoredMessage> load(uint64_t sequence);
  // Whether it is there, and its subject, without its content where that is cheaper.
  bool has(uint64_t sequence);
  // The first message at or after `from`, not after `to`, that matches.
  std::optional<StoredMessage> next(const SubjectFilter& filter, uint64_t from, uint64_t to);
  // The last one at or before `to` that matches.
  std::optional<StoredMessage> last(const SubjectFilter& filter, uint64_t to = UINT64_MAX);
  // Of a literal subject: all zero if nothing is stored on it.
  SubjectSummary subject(std::string_view subject);
  // How many messages in [from, to] match.
  uint64_t count(const SubjectFilter& filter, uint64_t from, uint64_t to = UINT64_MAX);
  // The first sequence whose message is not older than `time`; last_sequence + 1 if there is none.
  uint64_t sequence_at(WallTime time);
  // In byte order of the subjects, those after `after`; `visit` returns false to stop.
  template <class Visit>  // bool(std::string_view subject, const SubjectSummary&)
  void for_each_subject(const SubjectFilter& filter, std::string_view after, Visit visit) {
    walk_subjects(
        filter, after,
        [](void* context, std::string_view subject, const SubjectSummary& summary) {
          return static_cast<bool>((*static_cast<Visit*>(context))(subject, summary));
        },
        &visit);
  }
  // The sequences that are missing between first and last, as [first, last] ranges, ascending.
  std::vector<std::pair<uint64_t, uint64_t>> deleted() const;
  uint64_t deleted_count() const;

  // Counts removals of any kind. Whether something at or after `from` may have been removed since
  // the counter stood at `since`: true if in doubt. Lets a reader keep a count of its own.
  uint64_t removals() const;
  bool may_have_removed(uint64_t since, uint64_t from) const;

  // The message whose TTL ends first, and when.
  struct Expiry {
    WallTime at;
    uint64_t sequence = 0;
  };
  std::optional<Expiry> next_expiry() const;
  // Whether this message has a TTL of its own.
  bool has_expiry(uint64_t sequence) const;

  // Durability: as RecordLog's. Removals are written down here, many in one record.
  void collect_unsynced(std::vector<FileId>& files);
  void sync_asked(SyncTicket ticket);
  void on_synced(SyncTicket ticket, const FileErrors& failed);
  const std::optional<Error>& offline() const;

  // Background work: compaction of segments less than half live, erasures, the index snapshot.
  // `wants_snapshot` asks for one (a clean stop, every two minutes). True while there is more to do
  // at once; it may also wait for a sync, and go on after on_synced: wants_sync() tells whoever
  // does not sync after every turn.
  bool work(uint64_t budget, bool wants_snapshot);
  bool wants_sync() const;

  // Resident memory, about.
  uint64_t memory() const;

 private:
  using SubjectVisit = bool (*)(void* context, std::string_view subject, const SubjectSummary&);
  void walk_subjects(const SubjectFilter& filter, std::string_view after, SubjectVisit visit,
                     void* context);

  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace myelin
