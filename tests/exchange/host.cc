#include "tests/exchange/host.h"

#include <charconv>
#include <utility>
#include <variant>

#include "core/base/buffer.h"
#include "hosts/sim/broken_promise.h"

namespace myelin::exchange {
namespace {

constexpr uint64_t kCapacity = 1 << 20;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return words;
}

size_t number_of(std::string_view text) {
  size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Host::Host(Options options, uint64_t seed)
    : storage_(kCapacity),
      server_(std::move(options), storage_, Codecs{}, log_, Seed{seed, 1, 2, 3}) {
  while (server_.recover(now_).value() != RecoverProgress::kDone) {
  }
  drain();
}

// Two deeds are never at the same time.
void Host::pass() {
  now_.mono = now_.mono + microseconds(1);
  now_.wall.unix_ns += 1000;
}

void Host::open(size_t client) {
  pass();
  Peer peer;
  peer.address = "127.0.0.1";
  peer.port = static_cast<uint16_t>(1024 + client);
  const ClientId id = server_.open(now_, std::move(peer));
  links_[client].id = id;
  clients_[id.value] = client;
  drain();
}

void Host::send(size_t client, std::string_view bytes) {
  pass();
  server_.receive(now_, links_.at(client).id, as_bytes(bytes));
  drain();
}

void Host::close(size_t client) {
  pass();
  const ClientId id = links_.at(client).id;
  links_.erase(client);
  clients_.erase(id.value);
  server_.close(now_, id, LinkEnd::kPeerClosed);
  drain();
}

void Host::reload(Options options) {
  pass();
  server_.reload(now_, std::move(options));
  drain();
}

void Host::wait(Instant end) {
  while (now_.mono < end) {
    const std::optional<Instant> due = server_.deadline();
    const Instant to = due && *due < end ? std::max(*due, now_.mono) : end;
    now_.wall.unix_ns += (to - now_.mono).count();
    now_.mono = to;
    server_.advance(now_);
    drain();
  }
}

std::string Host::report(std::string_view path) {
  report_.clear();
  server_.query(now_, path, "", HostFacts());
  wait(now_.mono + microseconds(1));
  return report_;
}

void Host::drain() {
  std::vector<std::pair<ClientId, uint64_t>> written;
  std::vector<ClientId> closed;
  while (std::optional<Output> output = server_.next_output()) {
    if (Report* report = std::get_if<Report>(&*output)) report_ += report->bytes;
    Write* write = std::get_if<Write>(&*output);
    if (write == nullptr) continue;
    uint64_t size = 0;
    const auto client = clients_.find(write->client.value);
    for (const Chunk& chunk : write->chunks) {
      size += chunk.text().size();
      if (client != clients_.end()) links_.at(client->second).pending += chunk.text();
    }
    written.emplace_back(write->client, size);
    if (write->close != Write::Close::kNo) closed.push_back(write->client);
  }
  const std::optional<Instant> due = server_.deadline();
  const bool has_work_left = due && *due <= now_.mono;
  if (has_work_left) server_.advance(now_);
  if (written.empty() && !has_work_left) return;
  for (const auto& [id, size] : written) server_.written(now_, id, size);
  for (const ClientId id : closed) {
    const auto client = clients_.find(id.value);
    if (client == clients_.end()) continue;
    links_.erase(client->second);
    clients_.erase(client);
    server_.close(now_, id, LinkEnd::kPeerClosed);
  }
  drain();
}

std::vector<Received> Host::take() {
  std::vector<Received> all;
  std::vector<size_t> pinged;
  for (auto& [client, link] : links_) {
    take(client, link, all);
    if (link.error == "PING") pinged.push_back(client);
  }
  for (const size_t client : pinged) {
    links_.at(client).error.clear();
    send(client, "PONG\r\n");
  }
  return all;
}

void Host::take(size_t client, Link& link, std::vector<Received>& into) {
  std::string_view text = link.pending;
  while (!text.empty()) {
    const size_t end = text.find("\r\n");
    if (end == std::string_view::npos) throw sim::BrokenPromise("lines end", link.pending);
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(end + 2);
    if (words[0] == "PING") link.error = "PING";
    if (words[0] == "-ERR") {
      for (const std::string_view word : words) link.error.append(word).append(" ");
    }
    const bool has_headers = words[0] == "HMSG";
    if (words[0] != "MSG" && !has_headers) continue;
    Received message{.client = client, .subscription = number_of(words[2])};
    message.subject = words[1];
    if (words.size() > (has_headers ? 5U : 4U)) message.reply = words[3];
    const size_t size = number_of(words.back());
    const size_t headers = has_headers ? number_of(words[words.size() - 2]) : 0;
    message.headers = text.substr(0, headers);
    message.payload = text.substr(headers, size - headers);
    into.push_back(std::move(message));
    text.remove_prefix(size + 2);
  }
  link.pending.clear();
}

std::string Host::take_error(size_t client) {
  const auto found = links_.find(client);
  return found == links_.end() ? std::string() : std::exchange(found->second.error, {});
}

}  // namespace myelin::exchange
