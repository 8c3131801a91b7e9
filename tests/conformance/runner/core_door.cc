#include "tests/conformance/runner/core_door.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/config/reload.h"
#include "hosts/common/keys.h"

namespace myelin::conformance {
namespace {

constexpr uint64_t kSeed = 1;

class WorldLink : public Link {
 public:
  WorldLink(sim::World& world, uint64_t number) : world_(world), number_(number) {}
  ~WorldLink() override { world_.close(number_); }

  void send(std::string_view bytes) override { world_.send(number_, bytes); }

  State receive(std::string& into) override {
    into += world_.take(number_);
    return world_.is_closed(number_) ? State::kClosed : State::kOpen;
  }

  void stop_reading() override { world_.stop_reading(number_); }
  void half_close() override { world_.close(number_); }
  void close() override { world_.close(number_); }

  bool is_ready() const { return world_.has_arrived(number_) || world_.is_closed(number_); }

 private:
  sim::World& world_;
  uint64_t number_;
};

ConfigSources no_files() {
  ConfigSources sources;
  sources.check_mapping = Server::check_mapping;
  sources.check_accounts = Server::check_accounts;
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return Error{Errc::kNotFound, path};
  };
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.check_mapping = Server::check_mapping;
  sources.keys = key_codecs();
  return sources;
}

// What a daemon makes of a configuration that listens on the loopback.
Config understand(std::string text) {
  static constexpr std::string_view kStore = "{store}";
  for (std::size_t at = text.find(kStore); at != std::string::npos; at = text.find(kStore)) {
    text.replace(at, kStore.size(), "/store");
  }
  auto config = parse_config_text(text, "server.conf", no_files());
  if (!config.ok()) throw std::runtime_error("the configuration: " + to_string(config.error()));
  config.value().daemon.client = {"127.0.0.1", 4222};
  for (const Status& status : {complete(config.value()), announce(config.value())}) {
    if (!status.ok()) throw std::runtime_error("the configuration: " + status.error().context);
  }
  config.value().options.monitor.tags = config.value().daemon.server_tags;
  return std::move(config.value());
}

Instant after(const sim::World& world, Milliseconds by) { return world.now().mono + by; }

}  // namespace

// The core logs what clients did wrong; a transcript sees what they are told.
class CoreDoor::Diary : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

CoreDoor::CoreDoor() : log_(std::make_unique<Diary>()) {}
CoreDoor::~CoreDoor() = default;

bool CoreDoor::offers(std::string_view need) const {
  return need != "tls" && need != "tcp" && need != "websocket";
}

void CoreDoor::begin(const std::string& config) { start(config); }

void CoreDoor::end(bool) { worlds_.clear(); }

std::unique_ptr<Link> CoreDoor::open() {
  const uint64_t number = world().open();
  if (number == 0) return nullptr;
  return std::make_unique<WorldLink>(world(), number);
}

bool CoreDoor::wait(std::span<Link* const> links, Milliseconds at_most) {
  const Instant end = after(world(), std::max(at_most, Milliseconds(0)));
  const auto is_ready = [&] {
    return std::any_of(links.begin(), links.end(),
                       [](Link* link) { return static_cast<WorldLink*>(link)->is_ready(); });
  };
  while (!is_ready()) {
    if (!world().step(end)) return is_ready();
  }
  return true;
}

bool CoreDoor::reload(const std::string& text) {
  try {
    Config config = understand(text);
    if (!reload_changes(running(running_), config).ok()) return false;
    running_ = std::move(config);
  } catch (const std::exception&) {
    return false;
  }
  world().reload(running_.options);
  return true;
}

void CoreDoor::lame_duck() { world().lame_duck(); }

void CoreDoor::stop() { world().shut_down(); }

void CoreDoor::restart(const std::string& config) {
  world().shut_down();
  start(config);
}

void CoreDoor::crash(const std::string& config) {
  world().crash();
  start(config);
}

void CoreDoor::advance(Milliseconds by) {
  const Instant end = after(world(), by);
  while (world().step(end)) {
  }
}

Milliseconds CoreDoor::now() const {
  return std::chrono::duration_cast<Milliseconds>(
      std::chrono::nanoseconds(worlds_.back()->now().mono.ns));
}

std::int64_t CoreDoor::wall_clock() const {
  const Now now = worlds_.empty() ? sim::World::kStart : worlds_.back()->now();
  return now.wall.unix_ns / 1'000'000'000;
}

std::unique_ptr<sim::World> CoreDoor::start_on(std::shared_ptr<sim::SimStorage> disk, Now now) {
  return std::make_unique<sim::World>(running_.options, *log_, kSeed, std::move(disk), now);
}

void CoreDoor::start(const std::string& text) {
  running_ = understand(text);
  const uint64_t seed = kSeed + worlds_.size();
  if (worlds_.empty()) disk_ = std::make_shared<sim::SimStorage>(seed, sim::SimStorage::Faults());
  const Now now = worlds_.empty() ? sim::World::kStart : worlds_.back()->now();
  worlds_.push_back(std::make_unique<sim::World>(running_.options, *log_, seed, disk_, now));
}

}  // namespace myelin::conformance
