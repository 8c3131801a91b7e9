#include "tests/conformance/runner/session.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/base/random.h"

namespace myelin::conformance {
namespace {

constexpr std::size_t kDeedsMin = 20;
constexpr std::size_t kDeedsMax = 80;

constexpr std::string_view kPermissions = R"(
  authorization {
    default_permissions: {
      publish: {allow: ["a.>", "b.*", "x.>", "inbox.>"], deny: ["a.b.>", "x.y"]}
      subscribe: {allow: ["a.>", "b.>", "c q1", "inbox.>", "x.a"], deny: ["a.c", "b.a q2", "x.z"]}
    }
    users: [ {user: u, password: p} ]
  }
  no_auth_user: u
)";
constexpr std::string_view kResponses = R"(
  authorization {
    users: [ {user: u, password: p,
              permissions: {publish: ["a.>", "x.>"], subscribe: ">",
                            allow_responses: {max: 2, expires: "1m"}}} ]
  }
  no_auth_user: u
)";
constexpr std::string_view kMappings = R"(
  mappings: {
    "a.b": "b.a"
    "b.*": "c.$1.{{partition(3,1)}}"
    "c.*.*": "a.$2.$1"
    "x.>": "a.>"
    "y.*": "z.{{splitFromLeft(1,1)}}"
    "z.*.*": "{{wildcard(2)}}.{{sliceFromRight(1,2)}}"
  }
)";
constexpr std::string_view kLimits = R"(
  max_payload: 30
  max_subscriptions: 4
  max_subscription_tokens: 3
  max_control_line: 150
)";

constexpr std::string_view kUsers = R"(
  authorization {
    users: [
      {user: u, password: p,
       permissions: {publish: ["a.>", "b"], subscribe: {deny: ["a.b", "$SYS.>"]}}}
      {user: v, password: p,
       permissions: {publish: {deny: "c"}, subscribe: ["a.>", "b.>", "inbox.>"]}}
      {user: w, password: p, permissions: {subscribe: {deny: "$SYS.>"}}}
    ]
  }
)";
constexpr std::string_view kNoHeaders = R"(
  no_header_support: true
)";
constexpr std::string_view kMappedPermissions = R"(
  mappings: { "a.*": "b.$1", "b.*": "a.$1", "c": "a.b.c" }
  authorization {
    users: [ {user: u, password: p,
              permissions: {publish: ["a.>", "c"],
                            subscribe: {allow: ">", deny: ["a.a q1", "b.b"]}}} ]
  }
  no_auth_user: u
)";

constexpr std::array<std::string_view, 12> kTokens{"a", "b", "c", "x", "y", "z",
                                                   "a", "b", "c", "*", "*", ">"};
constexpr std::array<std::string_view, 14> kOddSubjects{
    "a..b",   ".a",    "a.", "a.>.b", "..",   "$NRG.a", "_GR_.a.b",
    "$SYS.a", "_R_.a", "a*", "*a.b",  "a.>b", "\"a\\b", "\xc3\xa9.a"};
constexpr std::array<std::string_view, 4> kReservedReplies{"_R_.x.y", "$JS.ACK.a.b", "_GR_.x",
                                                           "_GR_.a.b.c"};
// Lines after which the link is closed, or which do nothing at all.
constexpr std::array<std::string_view, 33> kOddLines{"PINGO\r\n",
                                                     "PONG x y\r\n",
                                                     "+OK\r\n",
                                                     "+OKAY then\r\n",
                                                     "-ERR 'no'\r\n",
                                                     "-ERR\r\n",
                                                     "INFO {}\r\n",
                                                     "INFO {\"port\":1}\r\n",
                                                     "INFO nonsense\r\n",
                                                     "\r\n",
                                                     " PING\r\n",
                                                     "MSG a 1 1\r\nx\r\n",
                                                     "RS+ $G a\r\n",
                                                     "LS+ a\r\n",
                                                     "A+ a\r\n",
                                                     "SUB\r\n",
                                                     "SUB a\r\n",
                                                     "SUB a b c d\r\n",
                                                     "UNSUB\r\n",
                                                     "UNSUB 1 2 3\r\n",
                                                     "PUB a\r\n",
                                                     "PUB a b c 1\r\n",
                                                     "PUB a -1\r\n",
                                                     "PUB a 1x\r\n",
                                                     "PUB a 0000000001\r\n",
                                                     "PUB a 999999999\r\n",
                                                     "HPUB a 1\r\n",
                                                     "HPUB a 3 2\r\n",
                                                     "HPUB a x 2\r\n",
                                                     "CONNECT\r\n",
                                                     "CONNECT {\r\n",
                                                     "CONNECT {\"verbose\":1}\r\n",
                                                     "CONNECT {} {}\r\n"};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  Session make() {
    static constexpr std::array<std::string_view, 9> kConfigs{
        kUsers,       kNoHeaders, kMappedPermissions, "",     "",
        kPermissions, kResponses, kMappings,          kLimits};
    session_.config = kConfigs[below(kConfigs.size())];
    session_.links = 2 + below(3);
    in_pieces_ = chance(25);
    has_users_ = session_.config == kUsers;
    links_.resize(session_.links);
    const std::size_t deeds = kDeedsMin + below(kDeedsMax - kDeedsMin);
    while (session_.deeds.size() < deeds) add_deed(below(session_.links));
    return std::move(session_);
  }

 private:
  struct LinkState {
    bool is_open = false;
    std::vector<std::string> sids;
  };

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class Array>
  std::string_view one_of(const Array& array) {
    return array[below(array.size())];
  }

  void add_deed(std::size_t link) {
    LinkState& state = links_[link];
    if (!std::exchange(state.is_open, true)) {
      state.sids.clear();
      if (in_pieces_ || chance(90)) return send(link, connect());
    }
    const std::size_t dice = below(100);
    if (dice < 25) return send(link, subscribe(state, group()));
    if (dice < 60) return send(link, publish());
    if (dice < 72) return send(link, request(state));
    if (dice < 84) return send(link, unsubscribe(state));
    if (dice < 88) return send(link, connect());
    if (dice < 91) return send(link, "PING\r\n");
    if (dice < 96) return send(link, mutated(state));
    if (dice < 98) return send(link, std::string(one_of(kOddLines)));
    state.is_open = false;
    session_.deeds.push_back({Deed::Kind::kLeave, link, {}, 0});
  }

  void send(std::size_t link, std::string bytes) {
    const std::size_t piece = in_pieces_ ? 1 + below(7) : 0;
    session_.deeds.push_back({Deed::Kind::kSend, link, std::move(bytes), piece});
  }

  std::string verb(std::string_view word) {
    std::string text(word);
    if (chance(10)) {
      for (char& c : text) c = chance(50) ? static_cast<char>(c | 0x20) : c;
    }
    return text;
  }

  std::string blank() {
    if (chance(95)) return " ";
    return std::string(1 + below(2), '\t') + (chance(50) ? " " : "");
  }

  std::string end() { return chance(95) ? "\r\n" : (chance(50) ? "\n" : " \r\n"); }

  std::string pattern() {
    if (chance(4)) return std::string(one_of(kOddSubjects));
    std::string subject(one_of(kTokens));
    const std::size_t more = below(4);
    for (std::size_t i = 0; i < more && !subject.ends_with('>'); ++i) {
      subject += '.';
      subject += one_of(kTokens);
    }
    return subject;
  }

  std::string literal() {
    if (chance(5)) return pattern();
    if (chance(8)) return "inbox." + std::to_string(below(3));
    static constexpr std::size_t kLiterals = 9;  // the wildcards stand behind them
    std::string subject(kTokens[below(kLiterals)]);
    const std::size_t more = below(3);
    for (std::size_t i = 0; i < more; ++i) {
      subject += '.';
      subject += kTokens[below(kLiterals)];
    }
    return subject;
  }

  std::string payload() {
    std::string bytes(below(40), '\0');
    for (char& c : bytes) c = static_cast<char>(below(256));
    return bytes;
  }

  std::string group() { return chance(30) ? "q" + std::to_string(1 + below(3)) : ""; }

  std::string subscribe(LinkState& state, const std::string& queue) {
    std::string sid = std::to_string(1 + below(12));
    if (!queue.empty()) sid = "q-" + queue + "-" + sid;
    state.sids.push_back(sid);
    return verb("SUB") + blank() + pattern() + blank() + (queue.empty() ? "" : queue + blank()) +
           sid + end();
  }

  std::string unsubscribe(LinkState& state) {
    std::string sid = state.sids.empty() || chance(10) ? std::to_string(below(20))
                                                       : state.sids[below(state.sids.size())];
    std::string line = verb("UNSUB") + blank() + sid;
    if (!sid.starts_with('q') && chance(60)) {
      line += blank() + (chance(95) ? std::to_string(below(6)) : "many");
    }
    return line + end();
  }

  std::string publish() {
    const std::string reply =
        chance(30) ? (chance(10) ? std::string(one_of(kReservedReplies)) : literal()) + blank()
                   : "";
    const std::string body = payload();
    if (chance(75)) {
      return verb("PUB") + blank() + literal() + blank() + reply + std::to_string(body.size()) +
             end() + body + "\r\n";
    }
    static constexpr std::array<std::string_view, 4> kHeaders{
        "NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: b\r\n\r\n", "NATS/1.0 503\r\n\r\n", "junk"};
    const std::string headers(one_of(kHeaders));
    return verb("HPUB") + blank() + literal() + blank() + reply +
           std::to_string(chance(5) ? 0 : headers.size()) + blank() +
           std::to_string(headers.size() + body.size()) + end() + headers + body + "\r\n";
  }

  std::string request(LinkState& state) {
    const std::string inbox = "inbox." + std::to_string(below(3));
    const std::string sid = std::to_string(50 + below(3));
    state.sids.push_back(sid);
    return "SUB " + (chance(50) ? inbox : "inbox.*") + " " + sid + "\r\nPUB " + literal() + " " +
           inbox + " 2\r\nhi\r\n";
  }

  // Pedantic complaints come twice when a payload comes late, so bytes in pieces exclude it.
  std::string connect() {
    std::string fields = "\"verbose\":" + truth(20) + ",\"protocol\":" + (chance(80) ? "1" : "0");
    fields += ",\"pedantic\":" + truth(in_pieces_ ? 0 : 15);
    if (chance(30)) fields += ",\"echo\":" + truth(50);
    if (chance(90)) {
      fields += ",\"headers\":" + truth(90) + ",\"no_responders\":" + truth(80);
    }
    if (has_users_ && chance(95)) {
      static constexpr std::array<std::string_view, 4> kNames{"u", "v", "w", "x"};
      fields += ",\"user\":\"" + std::string(kNames[chance(5) ? 3 : below(3)]) + "\",\"pass\":\"" +
                (chance(95) ? "p" : "q") + "\"";
    }
    if (chance(2)) fields += ",\"account\":\"x\"";
    if (chance(10)) fields += ",\"unknown\":[{\"a\":null}]";
    return verb("CONNECT") + " {" + fields + "}" + end();
  }

  std::string truth(std::size_t percent) { return chance(percent) ? "true" : "false"; }

  // One byte of something valid is changed, lost or doubled; never into CR, whose effect inside a
  // line depends on where reads end, nor into a longer size, which would wait for its payload.
  // Queue subscriptions are spared, because their sid says what they are.
  std::string mutated(LinkState& state) {
    std::string bytes = publish();
    if (chance(50)) bytes = chance(50) ? subscribe(state, "") : connect();
    const std::size_t line = bytes.find('\n');
    const std::size_t at = below(line == 0 ? 1 : line - 1);
    const bool is_digit = bytes[at] >= '0' && bytes[at] <= '9';
    const auto other = static_cast<char>(33 + below(94));
    const bool is_safe = !(other >= '0' && other <= '9') && !is_digit;
    switch (below(3)) {
      case 0:
        bytes[at] = is_safe ? other : 'x';
        break;
      case 1:
        bytes.erase(at, is_digit ? 0 : 1);
        break;
      default:
        bytes.insert(at, 1, is_safe ? other : 'x');
        break;
    }
    return bytes;
  }

  Random random_;
  Session session_;
  std::vector<LinkState> links_;
  bool in_pieces_ = false;
  bool has_users_ = false;
};

}  // namespace

Session make_session(std::uint64_t seed) { return Maker(seed).make(); }

}  // namespace myelin::conformance
