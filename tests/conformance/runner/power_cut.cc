#include "tests/conformance/runner/power_cut.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/conformance/runner/store_state.h"

namespace myelin::conformance {
namespace {

// A copy of the disk, and when it was taken.
struct Photograph {
  std::shared_ptr<sim::SimStorage> disk;
  Now now;
};

class PowerCuts {
 public:
  PowerCuts(const Transcript& transcript, CoreDoor& door) : case_(transcript), door_(door) {}

  Outcome play() {
    Outcome outcome = conformance::play(case_, door_, [this](const Step& step) { after(step); });
    if (outcome.kind == Outcome::Kind::kFailed) return outcome;
    if (!is_readable_) {
      return {Outcome::Kind::kSkipped, "nobody may look without a password", {}};
    }
    return outcome;
  }

  std::size_t cuts() const { return cuts_; }

 private:
  void after(const Step& step) {
    // There is a disk as soon as the case has begun.
    door_.disk().set_witness({});
    if (!is_readable_ || !door_.world().is_listening()) return;
    std::optional<StoreState> state = read_store(door_.world());
    is_readable_ = state.has_value();
    if (!is_readable_) return;
    states_.push_back(std::move(*state));
    for (const Photograph& photograph : std::exchange(photographs_, {})) cut(photograph, step);
    if (is_answer(step) || door_.disk().is_synced()) states_ = {std::move(states_.back())};
    door_.disk().set_witness([this](const sim::SimStorage& disk) { photograph(disk); });
  }

  // A reply that stands for something that was done.
  static bool is_answer(const Step& step) {
    const auto says = [&](std::string_view text) {
      return step.text.find(text) != std::string::npos;
    };
    if (step.verb != Verb::kReply || says("\"message\"")) return false;
    return says("\"seq\"") || says("\"success\":true") || says("did_create") || step.text.empty();
  }

  void photograph(const sim::SimStorage& disk) {
    auto copy = std::make_shared<sim::SimStorage>(disk);
    copy->set_witness({});
    photographs_.push_back({std::move(copy), door_.world().now()});
  }

  void cut(const Photograph& photograph, const Step& step) {
    photograph.disk->reseed(++cuts_);
    photograph.disk->crash();
    const auto world = door_.start_on(photograph.disk, photograph.now);
    const std::optional<StoreState> seen = read_store(*world);
    const std::string why = seen ? find_loss(states_, *seen) : "nobody answers after the power cut";
    if (why.empty()) return;
    throw std::runtime_error("power cut " + std::to_string(cuts_) + ", before line " +
                             std::to_string(step.line) + " ended: " + why);
  }

  const Transcript& case_;
  CoreDoor& door_;
  std::vector<StoreState> states_;  // since the last one that is wholly promised
  std::vector<Photograph> photographs_;
  bool is_readable_ = true;
  std::size_t cuts_ = 0;
};

}  // namespace

Outcome play_power_cuts(const Transcript& transcript, CoreDoor& door, std::size_t& cuts) {
  if (transcript.config.find("sync_interval") != std::string::npos) {
    return {Outcome::Kind::kSkipped, "it does not ask for durability", {}};
  }
  PowerCuts played(transcript, door);
  Outcome outcome = played.play();
  cuts += played.cuts();
  return outcome;
}

}  // namespace myelin::conformance
