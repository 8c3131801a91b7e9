// A transcript is one conformance case: a claim, what it needs, a configuration, and steps to play.
// This file turns the text of a `.nats` file into steps and checks their form; it plays nothing.
// The format is described in docs/conformance.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace myelin::conformance {

enum class Verb {
  kConnect,    // links, text: fields of CONNECT that differ from the usual ones
  kOpen,       // links
  kDial,       // links: only the socket
  kTls,        // links[0], text: options, from: 1 where it must fail
  kUpgrade,    // links[0], text: headers that differ from the usual ones
  kFrame,      // links[0], name: what kind of frame, text: payload
  kSeen,       // links[0], text: what frames came
  kSend,       // links[0], text, count: as a line
  kSendRaw,    // links[0], text: without an end of line
  kExpect,     // links (any one of them), text
  kAny,        // links[0], units: in whatever order
  kRequest,    // links[0], name: subject, units[0]: headers, text: payload
  kReply,      // links[0], text: JSON, of which at least these fields, or the whole payload
  kSave,       // links[0], name: variable, text: field
  kSync,       // links
  kQuiet,      // links
  kCount,      // links together, from, to
  kDrop,       // links
  kChop,       // links, from: size of a piece
  kClosed,     // links: the peer closed them
  kGone,       // links: the peer closed them, whatever came before
  kDeaf,       // links: nothing is read any more
  kClose,      // links
  kHalfClose,  // links
  kRefused,    // nothing listens any more
  kConfig,     // text
  kReload,     // from: 1 where it must fail
  kLameDuck,
  kStop,
  kRestart,
  kCrash,
  kAdvance,  // from: milliseconds
  kKey,      // name: of the key, words: its kind
  kJwt,      // name: variable, words: type and issuer, text: claims
  kSign,     // name: variable, words: key, text: what
  kSeal,     // name: variable, words: key and recipient, text: what
  kUnseal,   // name: variable, words: key and sender, text: what
  kClaims,   // words: token, text: fields its claims have at least
};

// A line, or a message line with its payload: what `any` may see in every order.
using Unit = std::vector<std::string>;

struct Step {
  Verb verb{};
  int line = 0;
  std::vector<std::string> links;
  std::vector<std::string> words;
  std::string name;
  std::string text;
  std::vector<Unit> units;
  std::size_t count = 1;
  std::size_t from = 0;
  std::size_t to = 0;
};

struct Transcript {
  std::string name;  // area/claim
  std::string claim;
  std::vector<std::string> needs;
  std::vector<std::string> doors;  // where it is played alone; everywhere when empty
  std::string since;
  std::vector<Step> preparation;  // keys and tokens, which the configuration may name
  std::string config;
  bool manual_pings = false;
  bool durable = false;  // holds wherever in its storage operations the power goes
  std::chrono::milliseconds wait{5000};
  std::vector<Step> steps;
};

struct TranscriptError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws TranscriptError with the name and the line of what is not understood.
Transcript parse_transcript(std::string name, std::string_view text);

// "250ms", "3s". Throws TranscriptError.
std::chrono::milliseconds parse_duration(std::string_view text);

}  // namespace myelin::conformance
