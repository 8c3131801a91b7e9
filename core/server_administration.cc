#include <algorithm>
#include <utility>

#include "core/pubsub/callouts.h"
#include "core/server_state.h"

namespace myelin {

Result<RecoverProgress> Server::State::recover(Now now) {
  begin_turn(now);
  if (jetstream_) {
    const Result<bool> done = jetstream_->recover(kRecoverySlice);
    if (!done.ok()) return done.error();
    is_recovered_ = done.value();
  }
  end_turn();
  return is_recovered_ ? RecoverProgress::kDone : RecoverProgress::kMore;
}

std::vector<Client*> Server::State::clients_by_id() const {
  std::vector<Client*> clients;
  for (const auto& [id, client] : context_.clients) {
    if (!client->is_closing()) clients.push_back(client.get());
  }
  std::sort(clients.begin(), clients.end(),
            [](const Client* a, const Client* b) { return a->id() < b->id(); });
  return clients;
}

void Server::State::apply_server_name() {
  const std::string& name = context_.options.server_name;
  context_.server_name = name.empty() ? context_.server_id : name;
}

void Server::State::reload(Now now, Options options) {
  begin_turn(now);
  context_.authorization_changed = context_.options.authorization != options.authorization ||
                                   context_.options.accounts != options.accounts;
  // Users and accounts of the old ones are referred to until every client was judged anew.
  const Options before = std::exchange(context_.options, std::move(options));
  const auto old = std::exchange(context_.authenticators, make_authenticators(context_.options));
  apply_server_name();
  context_.accounts->apply();
  resolver_.apply();
  exchange_.apply();
  system_->apply();
  if (jetstream_ && context_.options.jetstream) jetstream_->reload(*context_.options.jetstream);
  std::vector<Client*> clients = clients_by_id();
  for (Client* client : clients) {
    client->reload();
    feed(*client, client->take_held_input());
  }

  context_.callouts->leave_retired();
  for (const auto& [name, account] : context_.accounts->all()) account->close_surplus();

  std::erase_if(clients, [](const Client* client) { return client->is_closing(); });
  const int64_t max = context_.options.max_connections;
  const auto allowed = static_cast<size_t>(std::max<int64_t>(max, 0));
  while (max != 0 && clients.size() > allowed) {
    std::swap(clients[static_cast<size_t>(context_.random.below(clients.size()))], clients.back());
    clients.back()->fail(Fault::kMaxConnections);
    clients.pop_back();
  }
  // Those just closed still refer to the old users.
  end_turn();
}

void Server::State::host_observed(Now now, const HostFacts& facts) {
  begin_turn(now);
  system_->host_observed(facts);
  end_turn();
}

void Server::State::reload_done(Now now, std::string_view error) {
  begin_turn(now);
  system_->reload_done(error);
  end_turn();
}

void Server::State::lame_duck(Now now) {
  begin_turn(now);
  if (std::exchange(context_.lame_duck, true)) return end_turn();
  system_->lame_duck();
  for (Client* client : clients_by_id()) client->announce_lame_duck();
  context_.timers.set(lame_duck_timer_, now.mono + context_.options.lame_duck_grace_period);
  end_turn();
}

// Clients leave one at a time over what is left of the duration, at most a second apart. Whoever
// came meanwhile leaves after them, in the same steps.
void Server::State::close_next_of_lame_duck() {
  if (leaving_.empty()) {
    for (const Client* client : clients_by_id()) leaving_.push_back(client->id());
    if (leaving_.empty()) return;
  }
  if (lame_duck_interval_ == Duration{}) {
    context_.log.write(LogLevel::kInfo, "Closing existing clients");
    const Options& options = context_.options;
    const Duration span = options.lame_duck_duration - options.lame_duck_grace_period;
    const Duration fair = span / static_cast<int64_t>(leaving_.size());
    lame_duck_interval_ = std::clamp<Duration>(fair, milliseconds(1), seconds(1));
    lame_duck_batch_ =
        fair < milliseconds(1)
            ? static_cast<uint64_t>(milliseconds(1) / std::max(fair, Duration(1))) + 1
            : 1;
  }
  for (uint64_t count = 0; count < lame_duck_batch_ && !leaving_.empty();) {
    Client* client = context_.find(leaving_.front());
    leaving_.pop_front();
    if (client == nullptr || client->is_closing()) continue;
    client->close(CloseReason::kServerShutdown);
    ++count;
  }
  const Duration half = lame_duck_interval_ / 2;
  const Duration spread(context_.random.below(static_cast<uint64_t>(half.count()) + 1));
  context_.timers.set(lame_duck_timer_, context_.now.mono + half + spread);
}

void Server::State::shut_down(Now now) {
  begin_turn(now);
  system_->shut_down();
  if (jetstream_ && is_recovered_) jetstream_->shut_down();
  for (Client* client : clients_by_id()) client->close(CloseReason::kServerShutdown);
  end_turn();
}

bool Server::State::flush(Now now) {
  begin_turn(now);
  return jetstream_ && is_recovered_ && jetstream_->flush();
}

Observed Server::State::observed(size_t indentation) {
  return {.context = context_,
          .jetstream = jetstream_.get(),
          .closed = closed_,
          .start = start_,
          .is_recovered = is_recovered_,
          .connections = connections_,
          .connections_ever = last_client_,
          .indentation = indentation};
}

QueryId Server::State::query(Now now, std::string_view path, std::string_view parameters,
                             const HostFacts& host) {
  begin_turn(now);
  const QueryId id{++last_query_};
  queries_.push_front({id, Inquiry(observed(), path, parameters, host)});
  answer_next_query();
  end_turn();
  return id;
}

// One slice a turn, in turns: what takes long holds up neither messages nor other queries.
void Server::State::answer_next_query() {
  if (queries_.empty()) return;
  Query query = std::move(queries_.front());
  queries_.pop_front();
  Report report{.id = query.id,
                .status = query.inquiry.status(),
                .content_type = query.inquiry.content_type()};
  report.last = query.inquiry.next(observed(), report.bytes);
  if (!report.last) queries_.push_back(std::move(query));
  if (report.last || !report.bytes.empty()) reports_.push_back(std::move(report));
}

void Server::State::cancel_query(QueryId query) {
  const auto is_asked = [query](const Query& asked) { return asked.id.value == query.value; };
  std::erase_if(queries_, is_asked);
  std::erase_if(paused_queries_, is_asked);
  std::erase_if(reports_, [query](const Report& report) { return report.id.value == query.value; });
}

void Server::State::move_query(QueryId query, std::deque<Query>& from, std::deque<Query>& to) {
  for (auto each = from.begin(); each != from.end(); ++each) {
    if (each->id.value != query.value) continue;
    to.push_back(std::move(*each));
    from.erase(each);
    return;
  }
}

void Server::State::advance(Now now) {
  begin_turn(now);
  answer_next_query();
  end_turn();
}

std::optional<Instant> Server::State::deadline() const {
  if (!withdrawing_.empty() || !queries_.empty()) return context_.now.mono;
  if (jetstream_ && !jetstream_->is_settled()) return context_.now.mono;
  if (!system_->is_settled()) return context_.now.mono;
  if (context_.mailbox.has_mail() || !exchange_.is_settled()) return context_.now.mono;
  return context_.timers.deadline();
}

}  // namespace myelin
