#include "tests/conformance/runner/store_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hosts/sim/wire_client.h"

namespace myelin::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMessagesMax = 300;

class Reader {
 public:
  explicit Reader(sim::World& world) : world_(world), client_(world) {
    client_.subscribe("_INBOX.reader.*");
  }

  // Discarded where there was no answer.
  Json ask(const std::string& subject, const std::string& payload) {
    const std::string inbox = "_INBOX.reader." + std::to_string(next_++);
    client_.publish(subject, inbox, payload);
    for (int tries = 0; tries < 100 && !client_.is_closed(); ++tries) {
      for (const sim::WireMessage& message : client_.poll()) {
        if (message.subject == inbox) return Json::parse(message.payload, nullptr, false);
      }
      world_.step(world_.now().mono + milliseconds(1));
    }
    return Json(Json::value_t::discarded);
  }

 private:
  sim::World& world_;
  sim::WireClient client_;
  int next_ = 1;
};

bool is_durable(const Json& config) {
  return config.value("storage", "file") == "file" &&
         config.value("persist_mode", "default") == "default";
}

StreamState read_stream(Reader& reader, const std::string& name, const Json& info) {
  StreamState stream;
  stream.config = info["config"].dump();
  stream.last_seq = info["state"]["last_seq"];
  std::uint64_t from = 1;
  while (stream.messages.size() < kMessagesMax) {
    const Json got = reader.ask("$JS.API.STREAM.MSG.GET." + name,
                                Json{{"seq", from}, {"next_by_subj", ">"}}.dump());
    if (got.is_discarded() || !got.contains("message")) break;
    const std::uint64_t seq = got["message"]["seq"];
    stream.messages[seq] = got["message"].dump();
    from = seq + 1;
  }
  const Json consumers = reader.ask("$JS.API.CONSUMER.LIST." + name, "{}");
  for (const Json& consumer : consumers.value("consumers", Json::array())) {
    // What is not durable may end with the server.
    if (!consumer["config"].contains("durable_name")) continue;
    stream.consumers[consumer["name"]] = consumer["ack_floor"]["stream_seq"];
  }
  return stream;
}

// What a state says of a stream, or null.
const StreamState* find(const StoreState& state, const std::string& name) {
  const auto known = state.find(name);
  return known == state.end() ? nullptr : &known->second;
}

class Comparison {
 public:
  Comparison(const std::vector<const StreamState*>& states, const StreamState& seen)
      : states_(states), seen_(seen) {}

  std::string find_loss() const {
    for (const auto& why : {config(), sequences(), missing(), invented(), consumers()}) {
      if (!why.empty()) return why;
    }
    return {};
  }

 private:
  std::string config() const {
    const bool is_known = std::any_of(states_.begin(), states_.end(), [&](const auto* state) {
      return state->config == seen_.config;
    });
    return is_known ? "" : "its configuration is " + seen_.config;
  }

  std::string sequences() const {
    std::uint64_t least = UINT64_MAX;
    std::uint64_t most = 0;
    for (const StreamState* state : states_) {
      least = std::min(least, state->last_seq);
      most = std::max(most, state->last_seq);
    }
    if (seen_.last_seq >= least && seen_.last_seq <= most) return {};
    return "its last sequence is " + std::to_string(seen_.last_seq) + ", not " +
           std::to_string(least) + " to " + std::to_string(most);
  }

  std::string missing() const {
    for (const auto& entry : states_.front()->messages) {
      const auto& seq = entry.first;
      const auto& message = entry.second;
      const bool is_kept = std::all_of(states_.begin(), states_.end(), [&](const auto* state) {
        const auto known = state->messages.find(seq);
        return known != state->messages.end() && known->second == message;
      });
      const auto seen = seen_.messages.find(seq);
      if (is_kept && (seen == seen_.messages.end() || seen->second != message)) {
        return "message " + std::to_string(seq) + " is lost: " + message;
      }
    }
    return {};
  }

  // A message may have come and gone within the step.
  std::string invented() const {
    for (const auto& entry : seen_.messages) {
      const auto& seq = entry.first;
      const auto& message = entry.second;
      if (seq > states_.front()->last_seq) continue;
      const bool is_known = std::any_of(states_.begin(), states_.end(), [&](const auto* state) {
        const auto known = state->messages.find(seq);
        return known != state->messages.end() && known->second == message;
      });
      if (!is_known) return "message " + std::to_string(seq) + " is back: " + message;
    }
    return {};
  }

  std::string consumers() const {
    for (const auto& [name, floor] : states_.front()->consumers) {
      std::uint64_t least = floor;
      bool is_kept = true;
      for (const StreamState* state : states_) {
        const auto known = state->consumers.find(name);
        is_kept = is_kept && known != state->consumers.end();
        if (is_kept) least = std::min(least, known->second);
      }
      if (!is_kept) continue;
      const auto seen = seen_.consumers.find(name);
      if (seen == seen_.consumers.end()) return "consumer " + name + " is lost";
      if (seen->second < least) {
        return "consumer " + name + " is back at " + std::to_string(seen->second) + ", was at " +
               std::to_string(least);
      }
    }
    for (const auto& entry : seen_.consumers) {
      const auto& name = entry.first;
      const bool is_known = std::any_of(states_.begin(), states_.end(), [&](const auto* state) {
        return state->consumers.contains(name);
      });
      if (!is_known) return "consumer " + name + " is back";
    }
    return {};
  }

  const std::vector<const StreamState*>& states_;
  const StreamState& seen_;
};

}  // namespace

std::optional<StoreState> read_store(sim::World& world) {
  Reader reader(world);
  const Json names = reader.ask("$JS.API.STREAM.NAMES", "{}");
  if (names.is_discarded()) return std::nullopt;
  StoreState state;
  const Json list = names.value("streams", Json());
  if (!list.is_array()) return state;
  for (const std::string name : list) {
    const Json info = reader.ask("$JS.API.STREAM.INFO." + name, "{}");
    if (info.is_discarded() || !info.contains("config")) return std::nullopt;
    if (is_durable(info["config"])) state.emplace(name, read_stream(reader, name, info));
  }
  return state;
}

std::string find_loss(const std::vector<StoreState>& states, const StoreState& seen) {
  std::map<std::string, std::vector<const StreamState*>> streams;
  for (const StoreState& state : states) {
    for (const auto& [name, stream] : state) streams[name].push_back(&stream);
  }
  for (const auto& [name, known] : streams) {
    const StreamState* stream = find(seen, name);
    const bool is_kept = known.size() == states.size();
    if (stream == nullptr && is_kept) return "stream " + name + " is lost";
    // One that was made or deleted meanwhile says nothing of what it held.
    if (stream == nullptr || !is_kept) continue;
    const std::string why = Comparison(known, *stream).find_loss();
    if (!why.empty()) return "stream " + name + ": " + why;
  }
  for (const auto& [name, stream] : seen) {
    if (!streams.contains(name)) return "stream " + name + " is back";
  }
  return {};
}

}  // namespace myelin::conformance
