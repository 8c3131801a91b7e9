// InternalTaker: a part of the server that takes messages like any subscriber (a stream its
// subjects, the API its requests). Mailbox: the messages it has yet to look at.
//
//     Account::publish --put--> Mailbox --next, after the match--> JetStream
//
// Nobody re-enters: a match only notes who takes the message, and whoever works for the takers
// reads the mailbox when the publish has returned. What a client published is borrowed from its
// input, because the Server empties the mailbox before the client's next operation; what the server
// itself published is copied.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/pubsub/message.h"

namespace myelin {

struct InternalTaker {
  // Asked when a message to `subject` matches, so that a publisher can be told that nobody is
  // there. It changes nothing. Absent: takes everything.
  using Takes = bool (*)(const InternalTaker& taker, std::string_view subject);

  uint8_t kind = 0;  // the reader's: what kind of owner
  void* owner = nullptr;
  Takes takes = nullptr;
  // Whether it took a message is known when its mail is worked off (see Exchange): until then it
  // has not.
  bool decides_later = false;
};

struct Mail {
  InternalTaker* taker = nullptr;
  std::string_view subject;  // that it shows
  std::string_view to;       // that it was taken under
  std::string_view reply;
  std::string_view content;  // headers, then payload
  uint32_t header_size = 0;
  uint64_t client = 0;  // who published it; 0: the server itself
  Passage* passage = nullptr;
  MessageTrace* trace = nullptr;

  std::string_view headers() const { return content.substr(0, header_size); }
  std::string_view payload() const { return content.substr(header_size); }
};

class Mailbox {
 public:
  bool has_mail() const { return has_mail_; }
  // `to`: what it is taken under, whatever subject it shows.
  void put(InternalTaker& taker, const Message& message, std::string_view to);
  // How many there are, read or not, until next() has returned nothing.
  size_t size() const { return mails_.size(); }
  // Somebody who decides later has mail.
  bool is_undecided() const { return is_undecided_; }
  // Something is to be done when all mail is read, even if there is none.
  void wake() { has_mail_ = true; }
  // Good until the next call of next(); nothing when there is none left.
  std::optional<Mail> next();
  // A client has logged in: the Server looks at it before the client's next operation.
  void announce(uint64_t client) {
    arrivals_.push_back(client);
    has_mail_ = true;
  }
  std::vector<uint64_t> take_arrivals() { return std::exchange(arrivals_, {}); }
  // The taker ends: what waits for it is dropped.
  void forget(const InternalTaker& taker);

 private:
  struct Entry {
    Mail mail;
    std::string owned;  // what mail points into, unless it is borrowed
  };
  std::deque<Entry> mails_;  // those before next_ are read
  size_t next_ = 0;
  std::vector<uint64_t> arrivals_;
  bool has_mail_ = false;  // asked after each operation of each client
  bool is_undecided_ = false;
};

}  // namespace myelin
