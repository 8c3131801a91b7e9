#include <utility>

#include "core/server_state.h"

namespace myelin {

std::optional<Output> Server::State::take_request() {
  Context::Request request = std::move(context_.requests.front());
  context_.requests.pop_front();
  const Client* asking = context_.find(request.client);
  if (asking == nullptr || asking->is_closing()) return std::nullopt;
  const ClientId client{request.client};
  switch (request.kind) {
    case Context::Request::Kind::kPauseRead:
      return PauseRead{client};
    case Context::Request::Kind::kResumeRead:
      return ResumeRead{client};
    case Context::Request::Kind::kVerifyBcrypt:
    case Context::Request::Kind::kVerifySignatures:
      break;
  }
  cancel_task_of(request.client);
  const TaskId task{++last_task_};
  verifications_[task.value] = {.client = request.client, .number = request.verification};
  task_of_[request.client] = task.value;
  if (request.kind == Context::Request::Kind::kVerifySignatures) {
    return Task{task, VerifyEd25519{std::move(request.signatures)}};
  }
  return Task{task, VerifyBcrypt{std::move(request.hash), std::move(request.password)}};
}

std::optional<Task> Server::State::take_resolver_request() {
  std::optional<Resolver::Pending> pending = resolver_.next_request();
  if (!pending) return std::nullopt;
  const TaskId task{++last_task_};
  resolver_requests_[task.value] = pending->number;
  ResolverRequest& request = pending->request;
  switch (request.kind) {
    case ResolverRequest::Kind::kFetch:
      return Task{task, FetchAccountJwt{std::move(request.account)}};
    case ResolverRequest::Kind::kStore:
      return Task{task, StoreAccountJwt{std::move(request.account), std::move(request.jwt)}};
    case ResolverRequest::Kind::kDelete:
      return Task{task, DeleteAccountJwt{std::move(request.account)}};
    case ResolverRequest::Kind::kList:
      break;
  }
  return Task{task, ListAccountJwts{std::move(request.account), kAccountPageSize}};
}

// Log-ins that waited for an account.
void Server::State::resume_settled() {
  for (const uint64_t id : resolver_.take_settled()) {
    Client* const client = context_.find(id);
    if (client == nullptr) continue;
    client->account_settled();
    feed(*client, client->take_held_input());
  }
}

// A log-in that was given up must not make others wait for its hash.
void Server::State::cancel_task_of(uint64_t client) {
  const auto found = task_of_.find(client);
  if (found == task_of_.end()) return;
  verifications_.erase(found->second);
  cancelled_.push_back(TaskId{found->second});
  task_of_.erase(found);
}

std::optional<Output> Server::State::take_write(Client& client) {
  Client::Emission emission = client.emit();
  const ClientId id{client.id()};
  const bool says_something =
      !emission.chunks.empty() || emission.start_tls || emission.flush_and_close || emission.abort;
  forget_if_finished(client);
  if (!says_something) return std::nullopt;
  return Write{.client = id,
               .chunks = std::move(emission.chunks),
               .start_tls = emission.start_tls,
               .close = emission.abort             ? Write::Close::kAbort
                        : emission.flush_and_close ? Write::Close::kFlush
                                                   : Write::Close::kNo,
               .close_code = close_code_of(emission.reason),
               .close_reason = text_of(emission.reason)};
}

std::optional<Output> Server::State::next_output() {
  while (!context_.requests.empty()) {
    if (std::optional<Output> request = take_request()) return request;
  }
  if (std::optional<Task> task = take_resolver_request()) return std::move(*task);
  if (!cancelled_.empty()) {
    const CancelTask cancel{cancelled_.front()};
    cancelled_.pop_front();
    return cancel;
  }
  if (system_->take_wish_for_host_facts()) return ObserveHost{};
  if (system_->take_wish_for_reload()) return WantReload{};
  if (!reports_.empty()) {
    Report report = std::move(reports_.front());
    reports_.pop_front();
    return report;
  }
  while (dirty_index_ < context_.dirty.size()) {
    Client* client = context_.dirty[dirty_index_++];
    if (client == nullptr) continue;
    if (std::optional<Output> write = take_write(*client)) return write;
  }
  context_.dirty.clear();
  dirty_index_ = 0;
  return std::nullopt;
}

}  // namespace myelin
