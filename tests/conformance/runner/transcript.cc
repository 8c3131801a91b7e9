#include "tests/conformance/runner/transcript.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace myelin::conformance {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

// A comment behind a step stands at least two blanks away from it.
std::string_view without_comment(std::string_view line) {
  const std::size_t at = line.find("  # ");
  return at == std::string_view::npos ? line : line.substr(0, at);
}

std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool is_link(std::string_view word) {
  if (word.empty() || word.front() < 'A' || word.front() > 'Z') return false;
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

std::optional<std::size_t> to_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Reader {
 public:
  Reader(std::string name, std::string_view text) : text_(text) { case_.name = std::move(name); }

  Transcript read() {
    std::string_view line;
    while (next(line)) {
      const std::string_view content = trimmed(without_comment(line));
      if (line.starts_with('#')) {
        if (case_.claim.empty()) case_.claim = trimmed(line.substr(1));
      } else if (!content.empty()) {
        if (!read_continuation(line) && !read_header(content)) read_step(line, content);
      }
    }
    if (case_.claim.empty()) fail("a case begins with its claim, as a comment");
    if (case_.steps.empty()) fail("a case without steps");
    return std::move(case_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw TranscriptError(case_.name + ":" + std::to_string(line_) + ": " + why);
  }

  bool next(std::string_view& line) {
    if (text_.empty()) return false;
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    line = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++line_;
    return true;
  }

  // An indented line goes on with the request or the wanted reply before it.
  bool read_continuation(std::string_view line) {
    if (line.front() != ' ' || last_ == nullptr) return false;
    Step& step = *last_;
    if (step.verb != Verb::kRequest && step.verb != Verb::kReply && step.verb != Verb::kJwt &&
        step.verb != Verb::kClaims) {
      return false;
    }
    step.text += trimmed(without_comment(line));
    return true;
  }

  bool read_header(std::string_view content) {
    if (content == "durable" && case_.steps.empty()) return case_.durable = true;
    const std::size_t colon = content.find(": ");
    if (colon == std::string_view::npos) return false;
    const std::string_view key = content.substr(0, colon);
    std::string_view value = content.substr(colon + 2);
    if (key == "needs") {
      while (!trimmed(value).empty()) read_need(take_word(value));
    } else if (key == "doors") {
      while (!trimmed(value).empty()) case_.doors.emplace_back(take_word(value));
    } else if (key == "since") {
      case_.since = trimmed(value);
    } else if (key == "pings") {
      if (trimmed(value) != "manual") fail("pings can only be manual");
      case_.manual_pings = true;
    } else if (key == "wait") {
      case_.wait = parse_duration(trimmed(value));
    } else {
      return false;
    }
    return true;
  }

  void read_need(std::string_view need) {
    static constexpr std::array<std::string_view, 10> kKnown{
        "clock", "restart",   "crash",   "tls",    "plain",
        "tcp",   "websocket", "address", "bcrypt", "nkeys"};
    if (std::find(kKnown.begin(), kKnown.end(), need) == kKnown.end()) {
      fail("unknown need: " + std::string(need));
    }
    case_.needs.emplace_back(need);
  }

  void read_step(std::string_view line, std::string_view content) {
    if (content == "config {") return read_config();
    std::string_view rest = content;
    const std::string_view word = take_word(rest);
    if (!word.empty() && word.front() >= 'A' && word.front() <= 'Z') {
      read_exchange(word, without_comment(line));
    } else {
      read_command(word, trimmed(rest));
    }
  }

  void read_config() {
    std::string config;
    std::string_view line;
    while (true) {
      if (!next(line)) fail("a config block without its end");
      if (line == "}") break;
      config.append(line).push_back('\n');
    }
    if (case_.steps.empty()) {
      case_.config = std::move(config);
    } else {
      add(Verb::kConfig).text = std::move(config);
    }
  }

  // LINK > text, LINK >> text, LINK *N > text, A|B < text, LINK ? subject payload, LINK = reply
  void read_exchange(std::string_view who, std::string_view line) {
    std::string_view rest = line.substr(line.find(who) + who.size());
    std::string_view sign = take_word(rest);
    std::size_t count = 1;
    if (sign.starts_with('*')) {
      const auto times = to_number(sign.substr(1));
      if (!times || *times == 0) fail("how often?");
      count = *times;
      sign = take_word(rest);
      if (sign != ">") fail("only a sent line can be repeated");
    }
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    const bool one = who.find('|') == std::string_view::npos;
    if (sign == ">" && one) {
      exchange(Verb::kSend, who, rest).count = count;
    } else if (sign == ">>" && one) {
      exchange(Verb::kSendRaw, who, rest);
    } else if (sign == "<") {
      exchange(Verb::kExpect, who, trimmed(rest));
    } else if (sign == "?" && one) {
      read_request(who, rest);
    } else if (sign == "=" && one) {
      exchange(Verb::kReply, who, trimmed(rest));
    } else {
      fail("what does " + std::string(who) + " do?");
    }
  }

  // subject, then any headers as <Name: value>, then the payload
  void read_request(std::string_view who, std::string_view rest) {
    const std::string_view subject = take_word(rest);
    Unit headers;
    rest = trimmed(rest);
    while (rest.starts_with('<')) {
      const std::size_t end = rest.find('>');
      if (end == std::string_view::npos) fail("a header without its end");
      headers.emplace_back(rest.substr(1, end - 1));
      rest = trimmed(rest.substr(end + 1));
    }
    Step& step = exchange(Verb::kRequest, who, rest);
    step.name = subject;
    step.units.push_back(std::move(headers));
  }

  Step& exchange(Verb verb, std::string_view who, std::string_view text) {
    Step& step = add(verb);
    step.links = split_links(who);
    step.text = text;
    return step;
  }

  void read_command(std::string_view word, std::string_view rest) {
    struct Command {
      std::string_view word;
      Verb verb;
    };
    static constexpr std::array<Command, 10> kOverLinks{{{"open", Verb::kOpen},
                                                         {"dial", Verb::kDial},
                                                         {"sync", Verb::kSync},
                                                         {"quiet", Verb::kQuiet},
                                                         {"drop", Verb::kDrop},
                                                         {"closed", Verb::kClosed},
                                                         {"gone", Verb::kGone},
                                                         {"deaf", Verb::kDeaf},
                                                         {"close", Verb::kClose},
                                                         {"half", Verb::kHalfClose}}};
    static constexpr std::array<Command, 4> kAlone{{{"refused", Verb::kRefused},
                                                    {"stop", Verb::kStop},
                                                    {"restart", Verb::kRestart},
                                                    {"crash", Verb::kCrash}}};
    const auto is_word = [&](const Command& command) { return command.word == word; };
    if (const auto* it = std::find_if(kOverLinks.begin(), kOverLinks.end(), is_word);
        it != kOverLinks.end()) {
      Step& step = add(it->verb);
      step.links = take_links(rest);
      if (!rest.empty() || step.links.empty()) fail(std::string(word) + " takes links");
    } else if (const auto* lone = std::find_if(kAlone.begin(), kAlone.end(), is_word);
               lone != kAlone.end()) {
      if (!rest.empty()) fail(std::string(word) + " stands alone");
      add(lone->verb);
    } else if (!read_identity(word, rest)) {
      read_command_with_arguments(word, rest);
    }
  }

  // key NAME kind, jwt $name type ISSUER {}, sign $name KEY text, seal $name KEY RECIPIENT text,
  // unseal $name KEY SENDER text, claims TOKEN {}
  bool read_identity(std::string_view word, std::string_view rest) {
    struct Deed {
      std::string_view word;
      Verb verb;
      std::size_t words;  // behind the name
      bool has_text;
    };
    static constexpr std::array<Deed, 6> kDeeds{{{"key", Verb::kKey, 1, false},
                                                 {"jwt", Verb::kJwt, 2, true},
                                                 {"sign", Verb::kSign, 1, true},
                                                 {"seal", Verb::kSeal, 2, true},
                                                 {"unseal", Verb::kUnseal, 2, true},
                                                 {"claims", Verb::kClaims, 1, true}}};
    const auto* deed = std::find_if(kDeeds.begin(), kDeeds.end(),
                                    [&](const Deed& one) { return one.word == word; });
    if (deed == kDeeds.end()) return false;
    Step& step = add(deed->verb, case_.steps.empty() ? case_.preparation : case_.steps);
    if (deed->verb != Verb::kClaims) step.name = take_word(rest);
    const bool makes_variable = deed->verb != Verb::kKey && deed->verb != Verb::kClaims;
    if (makes_variable != step.name.starts_with('$')) fail(std::string(word) + " $name");
    for (std::size_t index = 0; index < deed->words; ++index) {
      step.words.emplace_back(take_word(rest));
      if (step.words.back().empty()) fail(std::string(word) + ": a word is missing");
    }
    step.text = trimmed(rest);
    if (step.text.empty() == deed->has_text) fail(std::string(word) + ": what?");
    return true;
  }

  void read_command_with_arguments(std::string_view word, std::string_view rest) {
    if (word == "connect") {
      Step& step = add(Verb::kConnect);
      step.links = take_links(rest);
      step.text = trimmed(rest);
      if (step.links.empty()) fail("connect whom?");
    } else if (word == "tls" || word == "upgrade" || word == "seen" || word == "frame") {
      read_beneath(word, rest);
    } else if (word == "any") {
      read_any(rest);
    } else if (word == "count") {
      read_count(rest);
    } else if (word == "chop") {
      Step& step = add(Verb::kChop);
      step.links = take_links(rest);
      step.from = to_number(trimmed(rest)).value_or(0);
      if (step.from == 0) fail("chop needs the size of a piece");
    } else if (word == "save") {
      Step& step = add(Verb::kSave);
      step.name = take_word(rest);
      step.links.emplace_back(take_word(rest));
      step.text = trimmed(rest);
      if (!step.name.starts_with('$') || !is_link(step.links[0]) || step.text.empty()) {
        fail("save $name LINK field");
      }
    } else if (word == "reload") {
      if (!rest.empty() && rest != "fails") fail("reload, or reload fails");
      add(Verb::kReload).from = rest.empty() ? 0 : 1;
    } else if (word == "lame" && rest == "duck") {
      add(Verb::kLameDuck);
    } else if (word == "advance") {
      add(Verb::kAdvance).from = static_cast<std::size_t>(parse_duration(rest).count());
    } else {
      fail("unknown step: " + std::string(word));
    }
  }

  // What lies under the protocol: tls LINK [fails] {}, upgrade LINK {}, seen LINK {},
  // frame LINK words [: payload]
  void read_beneath(std::string_view word, std::string_view rest) {
    const Verb verb = word == "tls"       ? Verb::kTls
                      : word == "upgrade" ? Verb::kUpgrade
                      : word == "seen"    ? Verb::kSeen
                                          : Verb::kFrame;
    Step& step = add(verb);
    step.links.emplace_back(take_word(rest));
    if (!is_link(step.links[0])) fail(std::string(word) + " whom?");
    rest = trimmed(rest);
    if (verb == Verb::kTls && rest.starts_with("fails")) {
      step.from = 1;
      rest = trimmed(rest.substr(5));
    }
    if (verb == Verb::kFrame) {
      const std::size_t colon = std::min(rest.find(':'), rest.size());
      step.name = trimmed(rest.substr(0, colon));
      rest = trimmed(rest.substr(std::min(colon + 1, rest.size())));
      if (step.name.empty()) fail("what kind of frame?");
    }
    step.text = rest;
  }

  void read_any(std::string_view who) {
    Step& step = add(Verb::kAny);
    step.links.emplace_back(who);
    if (!is_link(who)) fail("any LINK");
    std::string_view line;
    while (true) {
      if (!next(line)) fail("any without its end");
      const std::string_view content = trimmed(without_comment(line));
      if (content == "end") break;
      Unit unit{std::string(content)};
      if (content.starts_with("MSG ") || content.starts_with("HMSG ")) {
        if (!next(line)) fail("a message without its payload");
        unit.emplace_back(trimmed(without_comment(line)));
      }
      step.units.push_back(std::move(unit));
    }
  }

  void read_count(std::string_view rest) {
    Step& step = add(Verb::kCount);
    step.links = split_links(take_word(rest));
    const std::string_view range = trimmed(rest);
    const std::size_t dots = range.find("..");
    const auto from = to_number(range.substr(0, dots));
    const auto to = dots == std::string_view::npos ? from : to_number(range.substr(dots + 2));
    if (!from || !to) fail("count A|B 100, or count A 10..90");
    step.from = *from;
    step.to = *to;
  }

  std::vector<std::string> take_links(std::string_view& rest) {
    std::vector<std::string> links;
    while (true) {
      std::string_view ahead = rest;
      const std::string_view word = take_word(ahead);
      if (!is_link(word)) break;
      links.emplace_back(word);
      rest = ahead;
    }
    rest = trimmed(rest);
    return links;
  }

  std::vector<std::string> split_links(std::string_view who) {
    std::vector<std::string> links;
    while (true) {
      const std::size_t bar = who.find('|');
      const std::string_view link = who.substr(0, bar);
      if (!is_link(link)) fail("not the name of a link: " + std::string(link));
      links.emplace_back(link);
      if (bar == std::string_view::npos) return links;
      who.remove_prefix(bar + 1);
    }
  }

  Step& add(Verb verb) { return add(verb, case_.steps); }
  Step& add(Verb verb, std::vector<Step>& to) {
    Step& step = to.emplace_back();
    step.verb = verb;
    step.line = line_;
    last_ = &step;
    return step;
  }

  std::string_view text_;
  int line_ = 0;
  Step* last_ = nullptr;
  Transcript case_;
};

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const auto value = to_number(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  if (!value || (unit != "ms" && unit != "s")) {
    throw TranscriptError("not a duration: " + std::string(text));
  }
  return std::chrono::milliseconds(*value * (unit == "s" ? 1000 : 1));
}

Transcript parse_transcript(std::string name, std::string_view text) {
  return Reader(std::move(name), text).read();
}

}  // namespace myelin::conformance
