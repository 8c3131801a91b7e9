#include "tests/conformance/runner/bridge_door.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace myelin::conformance {
namespace {

// An operation is its number and its arguments: u32 numbers, texts as u32 size and bytes. The same
// list stands in tests/conformance/bridge/frames.mjs.
enum class Do : char {
  kBegin,        // config: a server on an empty store
  kBeginAgain,   // config: one on what the store holds; begins its request
  kOpen,         // -> the link's number; 0 where nobody listens
  kSend,         // link, bytes
  kStopReading,  // link
  kClose,        // link
  kWait,         // at most so many ms, links -> whether one has something
  kReload,       // config -> whether the server took it
  kLameDuck,
  kStop,
  kCrash,
  kAdvance,  // ms
  kEnd,
};

class Operation {
 public:
  Operation(std::string& into, Do what) : into_(into) { into_ += static_cast<char>(what); }

  Operation& number(std::uint64_t value) {
    for (int shift = 0; shift < 32; shift += 8) into_ += static_cast<char>(value >> shift & 0xff);
    return *this;
  }
  Operation& text(std::string_view bytes) {
    number(bytes.size());
    into_ += bytes;
    return *this;
  }

 private:
  std::string& into_;
};

class Answer {
 public:
  explicit Answer(std::string_view bytes) : bytes_(bytes) {}

  bool has_more() const { return !bytes_.empty(); }
  std::uint32_t number() {
    std::uint32_t value = 0;
    const std::string_view from = take(4);
    for (std::size_t i = from.size(); i-- > 0;) {
      value = value << 8 | static_cast<unsigned char>(from[i]);
    }
    return value;
  }
  std::string_view text() { return take(number()); }

 private:
  std::string_view take(std::size_t size) {
    if (bytes_.size() < size) throw std::runtime_error("the bridge answers in half");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

std::uint64_t at_least_none(Milliseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
}

}  // namespace

class BridgeDoor::FarLink : public Link {
 public:
  FarLink(BridgeDoor& door, std::uint32_t number) : door_(door), number_(number) {}
  ~FarLink() override { shut(); }

  void send(std::string_view bytes) override {
    Operation(door_.put_off_, Do::kSend).number(number_).text(bytes);
  }

  State receive(std::string& into) override {
    if (!door_.put_off_.empty()) door_.settle();
    Arrived& arrived = door_.links_[number_];
    into += std::exchange(arrived.bytes, {});
    return arrived.is_closed ? State::kClosed : State::kOpen;
  }

  void stop_reading() override { Operation(door_.put_off_, Do::kStopReading).number(number_); }
  void half_close() override { shut(); }
  void close() override { shut(); }

  std::uint32_t number() const { return number_; }
  bool is_ready() const {
    const Arrived& arrived = door_.links_[number_];
    return !arrived.bytes.empty() || arrived.is_closed;
  }

 private:
  void shut() {
    Arrived& arrived = door_.links_[number_];
    if (std::exchange(arrived.is_closed, true)) return;
    Operation(door_.put_off_, Do::kClose).number(number_);
  }

  BridgeDoor& door_;
  std::uint32_t number_;
};

BridgeDoor::BridgeDoor(std::string name, const std::string& command)
    : name_(std::move(name)), process_(command) {}

BridgeDoor::~BridgeDoor() = default;

bool BridgeDoor::offers(std::string_view need) const {
  static constexpr std::array<std::string_view, 6> kMissing{"tls",     "tcp",    "websocket",
                                                            "address", "bcrypt", "nkeys"};
  return std::find(kMissing.begin(), kMissing.end(), need) == kMissing.end();
}

void BridgeDoor::begin(const std::string& config) {
  links_.clear();
  Operation(put_off_, Do::kBegin).text(config);
  settle();
}

void BridgeDoor::end(bool) {
  put_off_.clear();
  Operation(put_off_, Do::kEnd);
  settle();
}

std::unique_ptr<Link> BridgeDoor::open() {
  Operation(put_off_, Do::kOpen);
  const std::uint32_t number = settle();
  if (number == 0) return nullptr;
  return std::make_unique<FarLink>(*this, number);
}

bool BridgeDoor::wait(std::span<Link* const> links, Milliseconds at_most) {
  const auto is_ready = [](Link* link) { return static_cast<FarLink*>(link)->is_ready(); };
  if (std::any_of(links.begin(), links.end(), is_ready)) return true;
  Operation wait(put_off_, Do::kWait);
  wait.number(at_least_none(at_most)).number(links.size());
  for (const Link* link : links) wait.number(static_cast<const FarLink*>(link)->number());
  return settle() != 0;
}

bool BridgeDoor::reload(const std::string& config) {
  Operation(put_off_, Do::kReload).text(config);
  return settle() != 0;
}

void BridgeDoor::lame_duck() {
  Operation(put_off_, Do::kLameDuck);
  settle();
}

void BridgeDoor::stop() {
  Operation(put_off_, Do::kStop);
  settle();
}

void BridgeDoor::restart(const std::string& config) {
  stop();
  begin_again(config);
}

void BridgeDoor::crash(const std::string& config) {
  Operation(put_off_, Do::kCrash);
  settle();
  begin_again(config);
}

void BridgeDoor::begin_again(const std::string& config) {
  Operation(put_off_, Do::kBeginAgain).text(config);
  settle();
}

void BridgeDoor::advance(Milliseconds by) {
  Operation(put_off_, Do::kAdvance).number(at_least_none(by));
  settle();
}

// The answer: u32 what the last operation came to, u32 ms of the clock, and for each link to which
// something happened its number, whether it is closed, and the bytes that arrived.
std::uint32_t BridgeDoor::settle() {
  const std::string bytes = process_.ask(std::exchange(put_off_, {}));
  Answer answer(bytes);
  const std::uint32_t result = answer.number();
  now_ = Milliseconds(answer.number());
  while (answer.has_more()) {
    Arrived& arrived = links_[answer.number()];
    arrived.is_closed = answer.number() != 0 || arrived.is_closed;
    arrived.bytes += answer.text();
  }
  return result;
}

}  // namespace myelin::conformance
