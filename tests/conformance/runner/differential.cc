#include "tests/conformance/runner/differential.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/conformance/runner/inbox.h"
#include "tests/conformance/runner/pattern.h"
#include "tests/conformance/runner/session.h"

namespace myelin::conformance {
namespace {

constexpr Milliseconds kFenceMax{400};
// The official server repeats this where a payload comes in a later read than its line.
constexpr std::string_view kInvalidSubject = "-ERR 'Invalid Publish Subject'";
constexpr int kConfirmations = 3;
constexpr std::size_t kDifferencesMax = 10;
// Goes to one of the requester's subscriptions to the reply, no matter which.
constexpr std::string_view kNoResponders = "NATS/1.0 503\r\nNats-Subject:";

// What happened after one deed, without what is left open.
struct Moment {
  std::vector<std::multiset<std::string>> links;
  std::multiset<std::string> queues;

  friend bool operator==(const Moment&, const Moment&) = default;
};

std::string only_the_telling_fields(const std::string& line) {
  static constexpr std::array<const char*, 8> kFields{
      "proto",        "headers", "auth_required", "max_payload",
      "connect_info", "ldm",     "jetstream",     "remote_account"};
  const auto info = nlohmann::json::parse(line.substr(5), nullptr, false);
  nlohmann::json kept = nlohmann::json::object();
  for (const char* field : kFields) {
    if (info.contains(field)) kept[field] = info[field];
  }
  return "INFO " + kept.dump();
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

class Actor {
 public:
  Actor(Door& door, std::size_t links) : door_(door), links_(links) {}
  ~Actor() {
    for (Peer& peer : links_) leave(peer);
  }
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  Moment act(const Deed& deed) {
    Moment moment;
    moment.links.resize(links_.size());
    Peer& actor = links_[deed.link];
    if (deed.kind == Deed::Kind::kLeave) {
      leave(actor);
    } else {
      if (!actor.link) open(actor);
      send(actor, deed);
      fence(actor, deed.bytes.starts_with("PING") ? 1 : 0);
    }
    for (Peer& peer : links_) {
      if (&peer != &actor) fence(peer);
    }
    for (std::size_t i = 0; i < links_.size(); ++i) collect(links_[i], moment.links[i], moment);
    return moment;
  }

 private:
  struct Peer {
    std::unique_ptr<Link> link;
    Inbox inbox;
    bool is_closed = false;
    bool is_stuck = false;
    std::string fault;
  };

  void open(Peer& peer) {
    peer = Peer();
    peer.link = door_.open();
    if (!peer.link) throw std::runtime_error("nobody listens");
  }

  static void send(Peer& peer, const Deed& deed) {
    const std::size_t piece = deed.piece == 0 ? deed.bytes.size() : deed.piece;
    for (std::size_t at = 0; at < deed.bytes.size(); at += piece) {
      peer.link->send(std::string_view(deed.bytes).substr(at, piece));
    }
  }

  // A link that answers no PING holds it for a payload: that is an outcome, too. `owed` PONGs come
  // before the fence's own.
  void fence(Peer& peer, std::size_t owed = 0) {
    if (!peer.link || peer.is_closed || peer.is_stuck) return;
    const std::size_t pongs = count_pongs(peer) + owed + 1;
    peer.link->send("PING\r\n");
    const Milliseconds end = door_.now() + kFenceMax;
    while (count_pongs(peer) < pongs && !peer.is_closed && peer.fault.empty()) {
      std::array<Link*, 1> links{peer.link.get()};
      if (!door_.wait(links, end - door_.now())) {
        peer.is_stuck = true;
        return;
      }
      take(peer);
    }
  }

  static std::size_t count_pongs(Peer& peer) {
    const auto& items = peer.inbox.items();
    return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [](const Item& item) {
      return !item.is_payload && item.text == "PONG";
    }));
  }

  static void take(Peer& peer) {
    std::string bytes;
    peer.is_closed = peer.link->receive(bytes) == Link::State::kClosed;
    try {
      peer.inbox.add(bytes);
    } catch (const std::exception& error) {
      peer.fault = error.what();
    }
  }

  void collect(Peer& peer, std::multiset<std::string>& seen, Moment& moment) {
    auto& items = peer.inbox.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string& text = items[i].text;
      const bool is_message = i + 1 < items.size() && items[i + 1].is_payload;
      const bool is_repeated = text == kInvalidSubject && seen.count(text) != 0;
      if (is_message) {
        note_message(text, items[++i].text, seen, moment);
      } else if (text != "PING" && !is_repeated) {
        seen.insert(text.starts_with("INFO {") ? only_the_telling_fields(text) : printable(text));
      }
    }
    items.clear();
    if (!peer.fault.empty()) seen.insert("fault: " + peer.fault);
    if (peer.is_stuck) seen.insert("stuck");
    if (!peer.is_closed && !peer.is_stuck) return;
    if (peer.is_closed) seen.insert("closed");
    leave(peer);
  }

  static void note_message(const std::string& line, const std::string& payload,
                           std::multiset<std::string>& seen, Moment& moment) {
    const auto words = words_of(line);
    const std::string subject(words.at(1));
    if (words.at(2).starts_with("q-")) {
      moment.queues.insert(subject + " " + std::string(words[2].substr(0, words[2].rfind('-'))));
    } else if (payload.starts_with(kNoResponders)) {
      seen.insert(subject + " | " + printable(payload));
    } else {
      seen.insert(printable(line) + " | " + printable(payload));
    }
  }

  // The server has closed its side, and so delivers nothing to this link again.
  void leave(Peer& peer) {
    if (!peer.link) return;
    peer.link->half_close();
    const Milliseconds end = door_.now() + kFenceMax;
    while (!peer.is_closed && door_.now() < end) {
      std::array<Link*, 1> links{peer.link.get()};
      if (!door_.wait(links, end - door_.now())) break;
      take(peer);
    }
    peer.link->close();
    peer = Peer();
  }

  Door& door_;
  std::vector<Peer> links_;
};

struct Difference {
  std::size_t deed = 0;
  Moment left;
  Moment right;
};

std::optional<Difference> play_on_both(const Session& session, Door& left, Door& right) {
  std::optional<Difference> difference;
  left.begin(session.config);
  right.begin(session.config);
  {
    Actor on_left(left, session.links);
    Actor on_right(right, session.links);
    for (std::size_t i = 0; i < session.deeds.size() && !difference; ++i) {
      Difference moment{i, on_left.act(session.deeds[i]), on_right.act(session.deeds[i])};
      if (moment.left != moment.right) difference = std::move(moment);
    }
  }
  left.end(false);
  right.end(false);
  return difference;
}

std::optional<Difference> confirmed(const Session& session, Door& left, Door& right) {
  std::optional<Difference> difference;
  for (int i = 0; i < kConfirmations; ++i) {
    difference = play_on_both(session, left, right);
    if (!difference) return std::nullopt;
  }
  return difference;
}

// Leaves out deeds, from the end, as long as the servers still differ.
void shorten(Session& session, Difference& difference, Door& left, Door& right) {
  session.deeds.resize(difference.deed + 1);
  for (std::size_t i = session.deeds.size(); i-- > 0;) {
    Session shorter = session;
    shorter.deeds.erase(shorter.deeds.begin() + static_cast<std::ptrdiff_t>(i));
    auto still = confirmed(shorter, left, right);
    if (!still) continue;
    session = std::move(shorter);
    difference = std::move(*still);
  }
}

void print_moment(std::string_view name, const Moment& moment) {
  std::printf("  %.*s:\n", static_cast<int>(name.size()), name.data());
  for (std::size_t i = 0; i < moment.links.size(); ++i) {
    for (const std::string& line : moment.links[i]) {
      std::printf("    %zu < %s\n", i, line.c_str());
    }
  }
  for (const std::string& line : moment.queues) std::printf("    a queue < %s\n", line.c_str());
}

void report(std::uint64_t seed, const Session& session, const Difference& difference,
            const Door& left, const Door& right) {
  std::printf("seed %llu differs:\n", static_cast<unsigned long long>(seed));
  if (!session.config.empty()) std::printf("  config {%s}\n", session.config.c_str());
  for (const Deed& deed : session.deeds) {
    const std::string bytes = deed.kind == Deed::Kind::kLeave ? "leaves" : printable(deed.bytes);
    std::printf("    %zu > %s", deed.link, bytes.c_str());
    if (deed.piece != 0) std::printf("   (%zu bytes at a time)", deed.piece);
    std::printf("\n");
  }
  print_moment(left.name(), difference.left);
  print_moment(right.name(), difference.right);
}

}  // namespace

std::size_t compare_servers(Door& left, Door& right, std::uint64_t seed, std::size_t count) {
  std::size_t different = 0;
  std::size_t deeds = 0;
  for (std::size_t i = 0; i < count && different < kDifferencesMax; ++i) {
    Session session = make_session(seed + i);
    deeds += session.deeds.size();
    if (!play_on_both(session, left, right)) continue;
    auto difference = confirmed(session, left, right);
    if (!difference) continue;
    ++different;
    shorten(session, *difference, left, right);
    report(seed + i, session, *difference, left, right);
    std::fflush(stdout);
  }
  std::printf("%s against %s: %zu sessions, %zu deeds, %zu differ\n",
              std::string(left.name()).c_str(), std::string(right.name()).c_str(), count, deeds,
              different);
  return different;
}

}  // namespace myelin::conformance
