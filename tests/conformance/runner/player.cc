#include "tests/conformance/runner/player.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/conformance/runner/identities.h"
#include "tests/conformance/runner/inbox.h"
#include "tests/conformance/runner/pattern.h"

namespace myelin::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kWireLinesMax = 30;
// After so many bytes out, the others are read, as every client does that is not deaf.
constexpr std::size_t kPieceMax = 65536;
constexpr Milliseconds kGoodbyeMax{2000};
constexpr std::string_view kInboxSid = "inbox";

// One link as the transcript sees it: its name, what it received and has not been asked about.
struct Client {
  std::string name;
  std::unique_ptr<Link> link;
  Inbox inbox;
  bool is_closed = false;
  bool is_deaf = false;
  bool has_inbox = false;
  bool is_dialled = false;  // and no more: an upgrade may follow
  std::string unsent;       // lines that wait to be joined by the next one
  std::size_t chop = 0;
  std::size_t pongs = 0;
  std::string nonce;  // of the last INFO that had one
  Json document;      // the last INFO, or the last reply to a request
};

class Player {
 public:
  Player(const Transcript& transcript, Door& door, std::function<void(const Step&)> after)
      : case_(transcript), door_(door), after_(std::move(after)) {}

  Outcome play() {
    Outcome outcome;
    bool begun = false;
    try {
      for (const Step& step : case_.preparation) {
        line_ = step.line;
        play_identity(step);
      }
      door_.begin(config_ = fill_known(case_.config, variables_));
      begun = true;
      for (const Step& step : case_.steps) {
        line_ = step.line;
        flush_before(step);
        play_step(step);
        after_(step);
      }
      flush_all();
    } catch (const std::exception& error) {
      outcome.kind = Outcome::Kind::kFailed;
      outcome.why = case_.name + ":" + std::to_string(line_) + ": " + error.what();
      for (const std::string& line : wire_) outcome.wire += "  " + line + "\n";
      spoilt_ = true;
    }
    say_goodbye();
    if (begun) door_.end(spoilt_);
    return outcome;
  }

 private:
  [[noreturn]] static void fail(const std::string& why) { throw std::runtime_error(why); }

  void play_step(const Step& step) {
    switch (step.verb) {
      case Verb::kConnect:
        for (const std::string& name : step.links) connect(open(name), step.text);
        break;
      case Verb::kOpen:
        for (const std::string& name : step.links) read_info(open(name));
        break;
      case Verb::kDial:
      case Verb::kTls:
      case Verb::kUpgrade:
      case Verb::kFrame:
      case Verb::kSeen:
        play_beneath(step);
        break;
      case Verb::kSend:
        for (std::size_t i = 1; i <= step.count; ++i) {
          Client& who = client(step.links[0]);
          who.unsent += expand(identities_.fill(step.text, who.nonce), variables_, i) + "\r\n";
        }
        break;
      case Verb::kSendRaw:
        send_raw(client(step.links[0]), step.text);
        break;
      case Verb::kExpect:
        expect(step);
        break;
      case Verb::kAny:
        expect_any(step);
        break;
      case Verb::kRequest:
        request(client(step.links[0]), step);
        break;
      case Verb::kReply:
        expect_reply(client(step.links[0]), step.text);
        break;
      case Verb::kSave:
        save(step);
        break;
      case Verb::kSync:
        for (const std::string& name : step.links) sync(client(name));
        break;
      case Verb::kQuiet:
        quiet(step);
        break;
      case Verb::kCount:
        count(step);
        break;
      case Verb::kDrop:
        for (const std::string& name : step.links) client(name).inbox.items().clear();
        break;
      case Verb::kChop:
        for (const std::string& name : step.links) client(name).chop = step.from;
        break;
      case Verb::kClosed:
        for (const std::string& name : step.links) expect_closed(client(name));
        break;
      case Verb::kGone:
        for (const std::string& name : step.links) expect_gone(client(name));
        break;
      case Verb::kDeaf:
        for (const std::string& name : step.links) {
          client(name).is_deaf = true;
          client(name).link->stop_reading();
        }
        break;
      case Verb::kClose:
        for (const std::string& name : step.links) goodbye(client(name));
        break;
      case Verb::kHalfClose:
        for (const std::string& name : step.links) client(name).link->half_close();
        break;
      case Verb::kKey:
      case Verb::kJwt:
      case Verb::kSign:
      case Verb::kSeal:
      case Verb::kUnseal:
      case Verb::kClaims:
        play_identity(step);
        break;
      default:
        play_server_step(step);
        break;
    }
  }

  // Keys, and what is made with them.
  void play_identity(const Step& step) {
    const auto word = [&](std::size_t index) { return fill_known(step.words[index], variables_); };
    const std::string text = fill_known(step.text, variables_);
    std::string why;
    switch (step.verb) {
      case Verb::kKey:
        identities_.add(step.name, step.words[0], variables_);
        break;
      case Verb::kJwt:
        variables_[step.name] =
            identities_.token(step.words[0], step.words[1], text, door_.wall_clock());
        break;
      case Verb::kSign:
        variables_[step.name] = identities_.sign(step.words[0], text);
        break;
      case Verb::kSeal:
        variables_[step.name] = identities_.seal(step.words[0], word(1), text);
        break;
      case Verb::kUnseal:
        variables_[step.name] = identities_.open(step.words[0], word(1), text);
        break;
      default:
        if (!contains(Json::parse(step.text), Identities::claims_of(word(0)), variables_, why)) {
          fail("the claims: " + why);
        }
        break;
    }
  }

  void play_server_step(const Step& step) {
    spoilt_ = spoilt_ || (step.verb != Verb::kAdvance && step.verb != Verb::kRefused);
    switch (step.verb) {
      case Verb::kRefused:
        if (door_.open() != nullptr) fail("a link was accepted");
        break;
      case Verb::kConfig:
        config_ = fill_known(step.text, variables_);
        break;
      case Verb::kReload:
        if (door_.reload(config_) != (step.from == 0)) {
          fail(step.from == 0 ? "the reload failed" : "the reload did not fail");
        }
        break;
      case Verb::kLameDuck:
        door_.lame_duck();
        break;
      case Verb::kStop:
        door_.stop();
        break;
      case Verb::kRestart:
        door_.restart(config_);
        break;
      case Verb::kCrash:
        door_.crash(config_);
        break;
      case Verb::kAdvance:
        door_.advance(Milliseconds(step.from));
        break;
      default:
        fail("a step nobody plays");
    }
  }

  // What lies under the protocol.
  void play_beneath(const Step& step) {
    const std::string& name = step.links[0];
    const std::string text = expand(step.text, variables_);
    switch (step.verb) {
      case Verb::kDial:
        for (const std::string& one : step.links) open(one, true);
        break;
      case Verb::kTls:
        start_tls(client(name), text, step.from == 1);
        break;
      case Verb::kUpgrade: {
        const auto it = clients_.find(name);
        Client& who =
            it != clients_.end() && it->second->is_dialled ? *it->second : open(name, true);
        note(name + " asks for WebSocket " + text);
        who.is_dialled = false;
        who.document = Json::parse(who.link->upgrade(text));
        break;
      }
      case Verb::kFrame:
        note(name + " > " + step.name + " " + printable(text));
        client(name).link->send_frame(step.name, text);
        break;
      default: {
        std::string why;
        const Json seen = Json::parse(client(name).link->seen());
        if (!contains(Json::parse(text), seen, variables_, why)) fail(why);
        break;
      }
    }
  }

  void start_tls(Client& who, const std::string& options, bool must_fail) {
    std::string error;
    try {
      who.document = Json::parse(who.link->start_tls(options));
    } catch (const std::runtime_error& failed) {
      error = failed.what();
    }
    note(who.name + (error.empty() ? " speaks TLS" : " fails: " + error));
    if (error.empty() == must_fail) fail(must_fail ? "the TLS handshake did not fail" : error);
  }

  // Links

  Client& client(const std::string& name) {
    const auto it = clients_.find(name);
    if (it == clients_.end()) fail(name + " has no link");
    return *it->second;
  }

  Client& open(const std::string& name, bool only_dialled = false) {
    if (const auto it = clients_.find(name); it != clients_.end()) {
      goodbye(*it->second);
      clients_.erase(it);
    }
    auto fresh = std::make_unique<Client>();
    fresh->name = name;
    fresh->link = only_dialled ? door_.dial() : door_.open();
    fresh->is_dialled = only_dialled;
    if (fresh->link == nullptr) fail("nobody listens");
    return *(clients_[name] = std::move(fresh));
  }

  void read_info(Client& who) {
    const Item item = next(who, "INFO");
    if (!item.text.starts_with("INFO {")) fail("wanted INFO, saw " + printable(item.text));
  }

  void connect(Client& who, const std::string& fields) {
    read_info(who);
    Json options = {{"verbose", false},      {"pedantic", false},     {"echo", true},
                    {"headers", true},       {"no_responders", true}, {"protocol", 1},
                    {"lang", "conformance"}, {"version", "1"},        {"name", who.name}};
    if (!fields.empty()) {
      const std::string own = identities_.fill(fields, who.nonce);
      options.merge_patch(Json::parse(expand(own, variables_)));
    }
    send(who, "CONNECT " + options.dump() + "\r\nPING\r\n");
    if (options["verbose"] == true) wanted_line(who, "+OK");
    wanted_line(who, "PONG");
    if (options["protocol"] == 1) read_info(who);
  }

  void wanted_line(Client& who, const std::string& wanted) {
    const Item item = next(who, wanted);
    if (item.text != wanted) fail("wanted " + wanted + ", saw " + printable(item.text));
  }

  // Lines that follow one another on one link leave in one piece: a PUB with its payload.
  void flush_before(const Step& step) {
    if (step.verb == Verb::kSend && clients_.count(step.links[0]) != 0 &&
        !client(step.links[0]).unsent.empty()) {
      return;
    }
    flush_all();
  }

  void flush_all() {
    for (auto& [name, who] : clients_) {
      if (!who->unsent.empty()) send(*who, std::exchange(who->unsent, {}));
    }
  }

  void send_raw(Client& who, const std::string& text) {
    send(who, expand(identities_.fill(text, who.nonce), variables_));
  }

  void send(Client& who, const std::string& bytes) {
    note(who.name + " > " + printable(bytes));
    const std::size_t piece = who.chop == 0 ? kPieceMax : who.chop;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      who.link->send(std::string_view(bytes).substr(at, piece));
      if (bytes.size() > kPieceMax) take_all();
    }
  }

  // Leaving in order: when the server has closed its side, it delivers nothing to this link again.
  void goodbye(Client& who) {
    if (who.is_deaf && !who.is_closed) spoilt_ = true;
    if (who.is_deaf) return who.link->close();
    who.link->half_close();
    const Milliseconds end = door_.now() + kGoodbyeMax;
    try {
      while (!who.is_closed && door_.now() < end) receive(who, end);
    } catch (const std::exception&) {
      spoilt_ = true;
    }
    spoilt_ = spoilt_ || !who.is_closed;
    who.link->close();
    who.is_closed = true;
  }

  void say_goodbye() {
    for (auto& [name, who] : clients_) {
      try {
        goodbye(*who);
      } catch (const std::exception&) {
        spoilt_ = true;
      }
    }
    clients_.clear();
  }

  // Receiving

  // Takes what has arrived, or waits for it. False when the time was spent in vain.
  bool receive(Client& who, Milliseconds end) {
    std::array<Link*, 1> links{who.link.get()};
    if (!door_.wait(links, end - door_.now())) return false;
    take(who);
    return true;
  }

  void take_all() {
    for (auto& [name, who] : clients_) {
      if (!who->is_closed && !who->is_deaf) take(*who);
    }
  }

  void take(Client& who) {
    std::string bytes;
    who.is_closed = who.link->receive(bytes) == Link::State::kClosed;
    auto& items = who.inbox.items();
    const std::size_t before = items.size();
    who.inbox.add(bytes);
    for (std::size_t i = before; i < items.size();) {
      note(who.name + " < " + printable(items[i].text));
      if (look_at(who, items[i])) {
        ++i;
      } else {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (who.is_closed) note(who.name + " is closed");
  }

  // False for what the case is not asked about: the server's pings, unless it wants them.
  bool look_at(Client& who, const Item& item) {
    if (item.is_payload) return true;
    if (item.text == "PONG") ++who.pongs;
    if (item.text.starts_with("INFO {")) {
      who.document = Json::parse(item.text.substr(5), nullptr, false);
      if (who.document.is_object()) who.nonce = who.document.value("nonce", who.nonce);
    }
    if (item.text != "PING" || case_.manual_pings) return true;
    who.link->send("PONG\r\n");
    return false;
  }

  Item next(Client& who, const std::string& wanted) {
    const Milliseconds end = door_.now() + case_.wait;
    auto& items = who.inbox.items();
    while (items.empty()) {
      if (who.is_closed) fail("wanted " + wanted + ", but " + who.name + " is closed" + rest(who));
      if (!receive(who, end)) fail("wanted " + wanted + ", saw nothing" + rest(who));
    }
    Item item = std::move(items.front());
    items.pop_front();
    return item;
  }

  static std::string rest(const Client& who) {
    return who.inbox.rest().empty() ? "" : " but the start of: " + printable(who.inbox.rest());
  }

  // Steps

  void expect(const Step& step) {
    if (step.text.starts_with("frame ")) return expect_aside(client(step.links[0]), step.text);
    Client& who = step.links.size() == 1 ? client(step.links[0]) : choose(step);
    const Item item = next(who, step.text);
    chosen_ = !item.is_payload && !who.inbox.items().empty() && who.inbox.items()[0].is_payload
                  ? &who
                  : nullptr;
    std::string where;
    if (item_matches(step.text, item, variables_, where)) return;
    fail("wanted " + step.text + ", saw " + printable(item.text) + where);
  }

  // What came beside the bytes of the protocol. The official server means to say why it closes, and
  // often is faster to close: there, no close frame is as good as the right one.
  void expect_aside(Client& who, const std::string& wanted) {
    const Milliseconds end = door_.now() + case_.wait;
    const bool may_be_lost = door_.family() == "truth" && wanted.starts_with("frame close");
    std::string seen;
    while (!who.link->take_aside(seen)) {
      if (who.is_closed && may_be_lost && who.inbox.items().empty()) return;
      const std::string but = "wanted " + wanted + ", saw nothing" + seen_by(who);
      if (who.is_closed) fail(but + ", and " + who.name + " is closed");
      if (!receive(who, end)) fail(but);
    }
    note(who.name + " < " + printable(seen));
    if (!matches(wanted, seen, variables_)) fail("wanted " + wanted + ", saw " + printable(seen));
  }

  // A payload that is wanted as an object, and an INFO, has at least the wanted fields.
  static bool item_matches(const std::string& wanted, const Item& seen, Variables& variables,
                           std::string& where) {
    static constexpr std::string_view kInfo = "INFO ";
    const std::size_t start = seen.is_payload ? 0 : kInfo.size();
    const bool is_document = wanted.starts_with(seen.is_payload ? "{\"" : "INFO {\"");
    if (!is_document) return matches(wanted, seen.text, variables);
    if (!seen.is_payload && !seen.text.starts_with(kInfo)) return false;
    const Json document = Json::parse(seen.text.substr(start), nullptr, false);
    std::string why;
    if (contains(Json::parse(wanted.substr(start)), document, variables, why)) return true;
    where = "\n    " + why;
    return false;
  }

  // Of several links, the one which has something; and for a payload the one that had its line.
  Client& choose(const Step& step) {
    if (chosen_ != nullptr) return *chosen_;
    const Milliseconds end = door_.now() + case_.wait;
    std::vector<Link*> links;
    for (const std::string& name : step.links) links.push_back(client(name).link.get());
    while (true) {
      for (const std::string& name : step.links) {
        Client& who = client(name);
        if (!who.is_closed) take(who);
        if (!who.inbox.items().empty()) return who;
      }
      if (!door_.wait(links, end - door_.now())) fail("wanted " + step.text + ", saw nothing");
    }
  }

  void expect_any(const Step& step) {
    Client& who = client(step.links[0]);
    std::vector<Unit> missing = step.units;
    while (!missing.empty()) {
      std::vector<Item> seen{next(who, missing[0][0])};
      if (!who.inbox.items().empty() && who.inbox.items()[0].is_payload) {
        seen.push_back(next(who, ""));
      }
      const auto found = std::find_if(missing.begin(), missing.end(), [&](const Unit& unit) {
        Variables learnt = variables_;
        std::string where;
        if (unit.size() != seen.size()) return false;
        for (std::size_t i = 0; i < unit.size(); ++i) {
          if (!item_matches(unit[i], seen[i], learnt, where)) return false;
        }
        variables_ = std::move(learnt);
        return true;
      });
      if (found == missing.end()) fail("not among the wanted: " + printable(seen[0].text));
      missing.erase(found);
    }
  }

  void request(Client& who, const Step& step) {
    const std::string inbox = "_INBOX.conformance." + who.name;
    if (!std::exchange(who.has_inbox, true)) {
      send(who, "SUB " + inbox + " " + std::string(kInboxSid) + "\r\n");
    }
    std::string headers;
    for (const std::string& header : step.units[0]) headers += expand(header, variables_) + "\r\n";
    if (!headers.empty()) headers = "NATS/1.0\r\n" + headers + "\r\n";
    const std::string payload = headers + expand(step.text, variables_);
    std::string line = (headers.empty() ? "PUB " : "HPUB ") + expand(step.name, variables_);
    line += " " + inbox + " ";
    if (!headers.empty()) line += std::to_string(headers.size()) + " ";
    send(who, line + std::to_string(payload.size()) + "\r\n" + payload + "\r\n");
    awaits_reply_ = &who;
  }

  void expect_reply(Client& who, const std::string& text) {
    const bool is_document = text.starts_with("{\"") || text == "{}";
    if (std::exchange(awaits_reply_, nullptr) == &who || !is_document) {
      const Item line = next(who, "a reply");
      const Item payload = next(who, "a reply's payload");
      if (!payload.is_payload) fail("wanted a reply, saw " + printable(line.text));
      if (!is_document) {
        if (matches(text, payload.text, variables_)) return;
        fail("wanted " + text + ", saw " + printable(payload.text));
      }
      who.document = Json::parse(payload.text, nullptr, false);
      if (who.document.is_discarded()) fail("not JSON: " + printable(payload.text));
    }
    std::string why;
    if (!contains(Json::parse(text), who.document, variables_, why)) fail(why);
  }

  // A field of the document by its name, or by its path: /config/metadata
  void save(const Step& step) {
    const Json& document = client(step.links[0]).document;
    const Json::json_pointer path((step.text.starts_with('/') ? "" : "/") + step.text);
    if (!document.contains(path)) fail("no such field: " + step.text);
    const Json& value = document[path];
    variables_[step.name] = value.is_string() ? value.get<std::string>() : value.dump();
  }

  // A fence: what was sent before it has happened. Its own PONG is taken away.
  void sync(Client& who) {
    if (!who.is_closed) take(who);
    const std::size_t pongs = who.pongs;
    send(who, "PING\r\n");
    const Milliseconds end = door_.now() + case_.wait;
    while (who.pongs == pongs) {
      if (who.is_closed) fail(who.name + " is closed, no PONG" + seen_by(who));
      if (!receive(who, end)) fail("no PONG for " + who.name + seen_by(who));
    }
    auto& items = who.inbox.items();
    const auto last = std::find_if(items.rbegin(), items.rend(), [](const Item& item) {
      return !item.is_payload && item.text == "PONG";
    });
    items.erase(std::next(last).base());
  }

  static std::string seen_by(Client& who) {
    auto& items = who.inbox.items();
    return (items.empty() ? "" : ", but " + printable(items[0].text)) + rest(who);
  }

  void quiet(const Step& step) {
    for (const std::string& name : step.links) sync(client(name));
    for (const std::string& name : step.links) {
      auto& items = client(name).inbox.items();
      if (!items.empty()) fail(name + " is not quiet: " + printable(items[0].text));
    }
  }

  void count(const Step& step) {
    std::size_t messages = 0;
    for (const std::string& name : step.links) {
      sync(client(name));
      for (const Item& item : client(name).inbox.items()) messages += item.is_payload ? 1 : 0;
    }
    if (messages < step.from || messages > step.to) {
      fail("counted " + std::to_string(messages) + " messages");
    }
  }

  void expect_closed(Client& who) {
    const Milliseconds end = door_.now() + case_.wait;
    auto& items = who.inbox.items();
    while (!who.is_closed && items.empty()) {
      if (!receive(who, end)) fail(who.name + " is not closed" + rest(who));
    }
    if (!items.empty()) fail("before the close came " + printable(items[0].text));
    if (!who.inbox.rest().empty()) fail("closed in the middle" + rest(who));
  }

  // Cut off: what was on the way may be lost, and the last of it may be half a message.
  void expect_gone(Client& who) {
    const Milliseconds end = door_.now() + case_.wait;
    std::array<Link*, 1> links{who.link.get()};
    std::string lost;
    while (!who.is_closed) {
      if (!door_.wait(links, end - door_.now())) fail(who.name + " is not closed");
      lost.clear();
      who.is_closed = who.link->receive(lost) == Link::State::kClosed;
    }
    who.inbox = Inbox();
  }

  void note(std::string line) {
    wire_.push_back(std::move(line));
    if (wire_.size() > kWireLinesMax) wire_.pop_front();
  }

  const Transcript& case_;
  Door& door_;
  std::function<void(const Step&)> after_;
  std::string config_;
  int line_ = 0;
  bool spoilt_ = false;
  Identities identities_;
  Variables variables_;
  std::map<std::string, std::unique_ptr<Client>> clients_;
  Client* chosen_ = nullptr;
  Client* awaits_reply_ = nullptr;
  std::deque<std::string> wire_;
};

}  // namespace

Outcome play(const Transcript& transcript, Door& door) {
  return play(transcript, door, [](const Step&) {});
}

Outcome play(const Transcript& transcript, Door& door,
             const std::function<void(const Step&)>& after) {
  const auto& doors = transcript.doors;
  if (!doors.empty() && std::find(doors.begin(), doors.end(), door.family()) == doors.end()) {
    return {Outcome::Kind::kSkipped, "it is not for " + std::string(door.name()), {}};
  }
  for (const std::string& need : transcript.needs) {
    if (!door.offers(need)) {
      return {Outcome::Kind::kSkipped, std::string(door.name()) + " does not offer " + need, {}};
    }
  }
  return Player(transcript, door, after).play();
}

}  // namespace myelin::conformance
