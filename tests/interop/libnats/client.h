// Client: a libnats connection with what it tells asynchronously, and libnats's handles as values
// that destroy themselves. Waits are bounded by kWaitMs; what goes wrong is an exception, which the
// scenario's Claims makes a failed claim.
#pragma once

#include <nats/nats.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/interop/libnats/server.h"

namespace myelin::interop {

inline constexpr int64_t kWaitMs = 10'000;

template <auto destroy>
struct Destroyer {
  template <typename T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
using Options = std::unique_ptr<natsOptions, Destroyer<natsOptions_Destroy>>;
using Subscription = std::unique_ptr<natsSubscription, Destroyer<natsSubscription_Destroy>>;
using Message = std::unique_ptr<natsMsg, Destroyer<natsMsg_Destroy>>;

inline void must(natsStatus status, const char* what) {
  if (status == NATS_OK) return;
  throw std::runtime_error(std::string(what) + ": " + natsStatus_GetText(status));
}

// What a connection tells asynchronously, kept until a scenario asks for it. Callbacks come from
// libnats's own threads.
class Events {
 public:
  void happened(const std::string& event) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(event);
    news_.notify_all();
  }

  // The next event, in order; an empty one if none comes in time.
  std::string next() {
    std::unique_lock lock(mutex_);
    if (!news_.wait_for(lock, std::chrono::milliseconds(kWaitMs), [&] { return !seen_.empty(); })) {
      return {};
    }
    std::string event = seen_.front();
    seen_.erase(seen_.begin());
    return event;
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::string> seen_;
};

// One connection and its events. Without `reconnects` it ends with the first lost link.
class Client {
 public:
  struct Wishes {
    const char* user = nullptr;
    const char* password = nullptr;
    const char* token = nullptr;
    const char* nkey = nullptr;
    const char* seed = nullptr;   // signs for the nkey
    const char* creds = nullptr;  // a file
    bool no_echo = false;
    bool reconnects = false;
  };

  explicit Client(const Server& server) : Client(server, Wishes{}) {}
  Client(const Server& server, const Wishes& wishes) { status_ = connect(server, wishes); }
  ~Client() {
    if (connection_ == nullptr) return;
    natsConnection_Close(connection_);
    while (!closed_seen_) next_event();
    natsConnection_Destroy(connection_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  natsStatus status() const { return status_; }
  natsConnection* get() const {
    must(status_, "connect");
    return connection_;
  }

  std::string next_event() {
    std::string event = events_.next();
    if (event == "closed" || event.empty()) closed_seen_ = true;
    return event;
  }

  void flush() const { must(natsConnection_FlushTimeout(get(), kWaitMs), "flush"); }

  Subscription subscribe(const char* subject, const char* queue = nullptr) const {
    natsSubscription* made = nullptr;
    must(queue == nullptr ? natsConnection_SubscribeSync(&made, get(), subject)
                          : natsConnection_QueueSubscribeSync(&made, get(), subject, queue),
         subject);
    return Subscription(made);
  }

  Subscription serve(const char* subject, natsMsgHandler handler, void* context = nullptr) const {
    natsSubscription* made = nullptr;
    must(natsConnection_Subscribe(&made, get(), subject, handler, context), subject);
    return Subscription(made);
  }

  void publish(const std::string& subject, const std::string& payload = {}) const {
    must(publish_status(subject, payload), "publish");
  }
  natsStatus publish_status(const std::string& subject, const std::string& payload) const {
    return natsConnection_Publish(get(), subject.c_str(), payload.data(),
                                  static_cast<int>(payload.size()));
  }

  // All messages sent to the subscription so far: those before the PONG are in its queue.
  std::vector<Message> taken(const Subscription& subscription) const {
    flush();
    std::vector<Message> messages;
    natsMsg* next = nullptr;
    while (natsSubscription_NextMsg(&next, subscription.get(), 0) == NATS_OK) {
      messages.emplace_back(next);
    }
    return messages;
  }

 private:
  natsStatus connect(const Server& server, const Wishes& wishes) {
    natsOptions* made = nullptr;
    must(natsOptions_Create(&made), "options");
    const Options options(made);
    natsOptions_SetURL(made, server.url().c_str());
    natsOptions_SetTimeout(made, kWaitMs);
    natsOptions_SetNoEcho(made, wishes.no_echo);
    natsOptions_SetAllowReconnect(made, wishes.reconnects);
    natsOptions_SetMaxReconnect(made, -1);
    natsOptions_SetReconnectWait(made, 20);
    natsOptions_SetReconnectJitter(made, 0, 0);
    if (wishes.user != nullptr) natsOptions_SetUserInfo(made, wishes.user, wishes.password);
    if (wishes.token != nullptr) natsOptions_SetToken(made, wishes.token);
    if (wishes.nkey != nullptr) {
      natsOptions_SetNKey(made, wishes.nkey, sign, const_cast<char*>(wishes.seed));
    }
    if (wishes.creds != nullptr) {
      natsOptions_SetUserCredentialsFromFiles(made, wishes.creds, nullptr);
    }
    natsOptions_SetClosedCB(made, tell<kClosed>, &events_);
    natsOptions_SetDisconnectedCB(made, tell<kDisconnected>, &events_);
    natsOptions_SetReconnectedCB(made, tell<kReconnected>, &events_);
    natsOptions_SetLameDuckModeCB(made, tell<kLameDuck>, &events_);
    natsOptions_SetErrorHandler(made, tell_error, &events_);
    return natsConnection_Connect(&connection_, made);
  }

  static natsStatus sign(char**, unsigned char** signature, int* size, const char* nonce,
                         void* seed) {
    return nats_Sign(static_cast<const char*>(seed), nonce, signature, size);
  }

  static constexpr char kClosed[] = "closed";
  static constexpr char kDisconnected[] = "disconnected";
  static constexpr char kReconnected[] = "reconnected";
  static constexpr char kLameDuck[] = "lame duck";

  template <const char* event>
  static void tell(natsConnection*, void* events) {
    static_cast<Events*>(events)->happened(event);
  }
  static void tell_error(natsConnection* connection, natsSubscription*, natsStatus, void* events) {
    const char* text = "";
    natsConnection_GetLastError(connection, &text);
    static_cast<Events*>(events)->happened(text);
  }

  Events events_;
  natsConnection* connection_ = nullptr;
  natsStatus status_ = NATS_OK;
  bool closed_seen_ = false;
};

inline std::vector<std::string> subjects(const std::vector<Message>& messages) {
  std::vector<std::string> list;
  for (const Message& message : messages) list.emplace_back(natsMsg_GetSubject(message.get()));
  return list;
}

inline std::string payload(const Message& message) {
  return {natsMsg_GetData(message.get()),
          static_cast<size_t>(natsMsg_GetDataLength(message.get()))};
}

inline std::vector<int64_t> numbers(const std::vector<Message>& messages) {
  std::vector<int64_t> list;
  for (const Message& message : messages) list.push_back(std::stoi(payload(message)));
  return list;
}

inline std::vector<int64_t> range(int64_t count) {
  std::vector<int64_t> list(static_cast<size_t>(count));
  std::iota(list.begin(), list.end(), 0);
  return list;
}

using Texts = std::vector<std::string>;

}  // namespace myelin::interop
