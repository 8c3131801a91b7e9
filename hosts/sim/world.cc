#include "hosts/sim/world.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/random.h"
#include "hosts/common/run_task.h"

namespace myelin::sim {
namespace {

// More rounds at one instant than this are a Server that will not come to rest.
constexpr int kRoundsMax = 1'000'000;

Seed to_seed(uint64_t number) {
  Random random(number);
  return {random.next(), random.next(), random.next(), random.next()};
}

}  // namespace

World::World(Options options, Log& log, uint64_t seed, std::shared_ptr<SimStorage> disk, Now start,
             const Codecs& lent)
    : now_(start),
      random_(seed),
      network_(seed, faults_.network),
      disk_(disk ? std::move(disk) : std::make_shared<SimStorage>(seed, SimStorage::Faults())),
      server_(std::move(options), *disk_, lent, log, to_seed(seed)) {
  while (server_.recover(now_).value() != RecoverProgress::kDone) {
  }
  settle();
}

World::~World() = default;

uint64_t World::open(LinkKind kind) {
  if (!is_listening_) return 0;
  Peer peer;
  peer.kind = kind;
  peer.address = "127.0.0.1";
  peer.port = static_cast<uint16_t>(next_port_++);
  // Eleven bytes, and others for each link.
  peer.nonce = "world" + std::to_string(1'000'000 + peer.port).substr(1);
  const ClientId client = server_.open(now_, std::move(peer));
  links_[client.value].client = client;
  settle();
  return client.value;
}

void World::send(uint64_t link, std::string_view bytes) {
  Link& from = links_.at(link);
  if (from.is_closed || bytes.empty() || !is_alive_) return;
  if (network_.breaks()) return break_off(from);
  network_.carry(now_.mono, bytes, from.up);
  // Two deeds are never at the same time.
  now_.mono = now_.mono + microseconds(1);
  now_.wall.unix_ns += 1000;
  settle();
}

std::string World::take(uint64_t link) {
  Link& to = links_.at(link);
  std::string bytes = std::exchange(to.to_client, {});
  settle();
  return bytes;
}

bool World::has_arrived(uint64_t link) const { return !links_.at(link).to_client.empty(); }

bool World::is_closed(uint64_t link) const { return links_.at(link).is_closed; }

void World::stop_reading(uint64_t link) { links_.at(link).is_reading = false; }

void World::close(uint64_t link) {
  Link& from = links_.at(link);
  if (from.is_closed) return;
  from.is_closed = true;
  if (is_alive_) server_.close(now_, from.client, LinkEnd::kPeerClosed);
  settle();
}

// What was on its way is lost.
void World::break_off(Link& link) {
  link.is_closed = true;
  link.up.pieces.clear();
  link.down.pieces.clear();
  server_.close(now_, link.client, LinkEnd::kReadError);
  settle();
}

bool World::step(Instant end) {
  const std::optional<Instant> due = is_alive_ ? next_due() : std::nullopt;
  const bool is_due = due && *due <= end;
  const Instant to = std::max(is_due ? *due : end, now_.mono);
  now_.wall.unix_ns += (to - now_.mono).count();
  now_.mono = to;
  if (is_due) {
    const std::optional<Instant> deadline = server_.deadline();
    if (deadline && *deadline <= now_.mono) server_.advance(now_);
    settle();
  }
  return is_due;
}

std::optional<Instant> World::next_due() const {
  std::optional<Instant> first = server_.deadline();
  const auto consider = [&](std::optional<Instant> due) {
    if (due && (!first || *due < *first)) first = due;
  };
  if (disk_->has_outstanding()) consider(sync_due_);
  for (const auto& [id, link] : links_) {
    if (link.is_closed) continue;
    consider(link.up.due());
    consider(link.down.due());
  }
  return first;
}

void World::set_faults(Faults faults) {
  faults_ = faults;
  network_.set_faults(faults.network);
  sync_due_.reset();
  settle();
}

void World::reload(Options options) {
  server_.reload(now_, std::move(options));
  settle();
}

void World::lame_duck() {
  is_listening_ = false;
  server_.lame_duck(now_);
  settle();
}

void World::shut_down() {
  is_listening_ = false;
  server_.shut_down(now_);
  settle();
  is_alive_ = false;
}

void World::crash() {
  is_listening_ = false;
  is_alive_ = false;
  for (auto& [id, link] : links_) link.is_closed = true;
}

// Until nothing moves at this instant: outputs, tasks, progress, and what was held back.
void World::settle() {
  int rounds = 0;
  bool moved = is_alive_;
  while (moved) {
    INVARIANT(++rounds < kRoundsMax);
    moved = take_outputs();
    for (const Task& task : std::exchange(tasks_, {})) {
      server_.done(now_, task.id, run_task(task));
      moved = true;
    }
    moved = report_syncs() || moved;
    moved = arrive() || moved;
    moved = report_progress() || moved;
    moved = deliver_held() || moved;
  }
}

bool World::take_outputs() {
  bool moved = false;
  while (std::optional<Output> output = server_.next_output()) {
    moved = true;
    std::visit(
        [this](auto& one) {
          using Kind = std::decay_t<decltype(one)>;
          if constexpr (std::is_same_v<Kind, Write>) {
            take_write(std::move(one));
          } else if constexpr (std::is_same_v<Kind, Task>) {
            tasks_.push_back(std::move(one));
          } else if constexpr (std::is_same_v<Kind, CancelTask>) {
            std::erase_if(tasks_, [&](const Task& task) { return task.id.value == one.id.value; });
          } else if constexpr (std::is_same_v<Kind, ObserveHost>) {
            server_.host_observed(now_, {});
          } else if constexpr (std::is_same_v<Kind, WantReload>) {
            server_.reload_done(now_, {});  // its options are the newest there are
          } else if constexpr (!std::is_same_v<Kind, Report>) {
            Link* link = find(one.client);
            if (link != nullptr) link->is_paused = std::is_same_v<Kind, PauseRead>;
          }
        },
        *output);
  }
  return moved;
}

void World::take_write(Write write) {
  Link* link = find(write.client);
  if (link == nullptr) return;
  for (const Chunk& chunk : write.chunks) network_.carry(now_.mono, chunk.text(), link->down);
  if (write.close == Write::Close::kNo) return;
  // Whoever is told of the end has everything that came before it.
  for (const SimNetwork::Piece& piece : link->down.pieces) link->to_client += piece.bytes;
  link->down.pieces.clear();
  link->is_closed = true;
}

bool World::arrive() {
  bool moved = false;
  for (auto& [id, link] : links_) {
    if (link.is_closed) continue;
    while (std::optional<std::string> bytes = network_.arrive(now_.mono, link.up)) {
      link.to_server.push_back(std::move(*bytes));
      moved = true;
    }
    while (const std::optional<std::string> bytes = network_.arrive(now_.mono, link.down)) {
      link.to_client += *bytes;
      link.unread += bytes->size();
      moved = true;
    }
  }
  return moved;
}

bool World::report_syncs() {
  bool moved = false;
  while (disk_->has_outstanding()) {
    if (faults_.sync_max > Duration::zero()) {
      if (!sync_due_) {
        const auto max = static_cast<uint64_t>(faults_.sync_max.count());
        sync_due_ = now_.mono + Duration(random_.below(max));
      }
      if (*sync_due_ > now_.mono) return moved;
      sync_due_.reset();
    }
    for (const SimStorage::Synced& synced : disk_->complete()) {
      server_.synced(now_, synced.ticket, synced.failed);
      moved = true;
    }
  }
  return moved;
}

// A reading client takes everything at once; a deaf one only what fits its window.
bool World::report_progress() {
  bool moved = false;
  for (auto& [id, link] : links_) {
    const uint64_t taken = link.is_reading ? link.unread : std::min(link.unread, link.window);
    if (taken == 0 || link.is_closed) continue;
    link.unread -= taken;
    if (!link.is_reading) link.window -= taken;
    moved = true;
    server_.written(now_, link.client, taken);
  }
  return moved;
}

bool World::deliver_held() {
  bool moved = false;
  for (auto& [id, link] : links_) {
    while (!link.to_server.empty() && !link.is_paused && !link.is_closed) {
      const std::string bytes = std::move(link.to_server.front());
      link.to_server.pop_front();
      server_.receive(now_, link.client, as_bytes(bytes));
      moved = true;
      take_outputs();
    }
  }
  return moved;
}

World::Link* World::find(ClientId client) {
  const auto it = links_.find(client.value);
  return it == links_.end() || it->second.is_closed ? nullptr : &it->second;
}

}  // namespace myelin::sim
