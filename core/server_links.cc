#include <memory>
#include <utility>

#include "core/server_state.h"

namespace myelin {

namespace {

uint8_t connection_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::kWebSocket:
      return kWebSocketConnection;
    case LinkKind::kInProcess:
      return kInProcessConnection;
    case LinkKind::kTcp:
    case LinkKind::kUnix:
      return kStandardConnection;
  }
  return kStandardConnection;
}

std::unique_ptr<WebSocketPeer> to_websocket_peer(Peer& peer) {
  if (peer.kind != LinkKind::kWebSocket) return nullptr;
  return std::make_unique<WebSocketPeer>(WebSocketPeer{
      .forwarded_for = std::move(peer.forwarded_for), .cookies = std::move(peer.cookies)});
}

ClientPeer to_client_peer(Peer peer) {
  std::unique_ptr<WebSocketPeer> websocket = to_websocket_peer(peer);
  return {.address = std::move(peer.address),
          .port = peer.port,
          .waits_for_tls_first = peer.tls == TlsMode::kFirst,
          .starts_tls_after_info = peer.tls == TlsMode::kAfterInfo,
          .awaits_proxy_header = peer.awaits_proxy_header,
          .connection = connection_of(peer.kind),
          .nonce = std::move(peer.nonce),
          .websocket = std::move(websocket)};
}

CloseReason reason_of(LinkEnd end) {
  switch (end) {
    case LinkEnd::kPeerClosed:
      return CloseReason::kClientClosed;
    case LinkEnd::kReadError:
      return CloseReason::kReadError;
    case LinkEnd::kWriteError:
      return CloseReason::kWriteError;
    case LinkEnd::kTlsHandshakeFailed:
    case LinkEnd::kNoTls:
      return CloseReason::kTlsHandshakeFailure;
    case LinkEnd::kBadProxyHeader:
      return CloseReason::kProtocolViolation;
  }
  return CloseReason::kClientClosed;
}

}  // namespace

ClientId Server::State::open(Now now, Peer peer) {
  begin_turn(now);
  const uint64_t id = ++last_client_;
  auto owner = std::make_unique<Client>(context_, id, to_client_peer(std::move(peer)));
  Client& client = *owner;
  context_.clients.emplace(id, std::move(owner));
  context_.roster.add(id);
  const int64_t max = context_.options.max_connections;
  const bool is_one_too_many = max < 0 || (max > 0 && connections_ >= static_cast<uint64_t>(max));
  ++connections_;
  client.open();
  if (is_one_too_many) client.fail(Fault::kMaxConnections);
  end_turn();
  return ClientId{id};
}

void Server::State::introduce(Now now, ClientId id, std::string address, uint16_t port) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) client->introduce(std::move(address), port);
  end_turn();
}

bool Server::State::begin_tls(Now now, ClientId id) {
  begin_turn(now);
  Client* const client = context_.find(id.value);
  const bool may_begin = client != nullptr && client->begin_tls();
  if (context_.handshake_rate.blocked() > 0 && !blocked_timer_.is_set()) {
    context_.timers.set(blocked_timer_, now.mono + seconds(1));
  }
  end_turn();
  return may_begin;
}

void Server::State::secured(Now now, ClientId id, TlsFacts facts) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) client->secured(std::move(facts));
  end_turn();
}

void Server::State::receive(Now now, ClientId id, Bytes bytes) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) feed(*client, as_text(bytes));
  end_turn();
}

void Server::State::written(Now now, ClientId id, uint64_t size) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) {
    client->written(size);
    forget_if_finished(*client);
  }
  end_turn();
}

void Server::State::close(Now now, ClientId id, LinkEnd reason, std::string_view why) {
  begin_turn(now);
  if (Client* client = context_.find(id.value)) {
    const bool is_probe = reason == LinkEnd::kNoTls;
    if (is_probe || reason == LinkEnd::kTlsHandshakeFailed) client->tls_failed(why, is_probe);
    if (reason == LinkEnd::kReadError && !why.empty()) client->reading_failed(why);
    if (reason == LinkEnd::kBadProxyHeader) client->proxy_header_failed(why);
    const bool was_buried = client->is_closing();
    client->link_ended(reason_of(reason));
    if (was_buried) forget_if_finished(*client);
  }
  end_turn();
}

void Server::State::synced(Now now, SyncTicket ticket, const FileErrors& failed) {
  begin_turn(now);
  if (jetstream_) jetstream_->synced(ticket, failed);
  end_turn();
}

void Server::State::done(Now now, TaskId task, const TaskAnswer& answer) {
  begin_turn(now);
  const auto found = verifications_.find(task.value);
  if (found != verifications_.end()) {
    const Verification verification = found->second;
    verifications_.erase(found);
    task_of_.erase(verification.client);
    if (Client* client = context_.find(verification.client)) {
      client->verified(verification.number, answer);
      feed(*client, client->take_held_input());
    }
  }
  const auto request = resolver_requests_.find(task.value);
  if (request != resolver_requests_.end()) {
    const uint64_t number = request->second;
    resolver_requests_.erase(request);
    resolver_.answered(number, answer);
    resume_settled();
  }
  end_turn();
}

}  // namespace myelin
