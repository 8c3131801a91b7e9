// HttpHost: monitoring over HTTP on the Loop: the connections of its listeners, their bounds and
// their patience. What is answered is the MonitorSite's.
//
// It is made before the Loop and outlives it, as its connections end with the Loop. It speaks from
// start() to close().
#pragma once

#include <uv.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "hosts/common/process_facts.h"
#include "hosts/uv/accepted_socket.h"
#include "hosts/uv/loop.h"
#include "hosts/uv/uv_handle.h"
#include "hosts/websocket/http_connection.h"
#include "hosts/websocket/monitor_site.h"

namespace myelin {

class HttpHost {
 public:
  // Above it, whoever waited longest with nothing to answer gives way.
  static constexpr size_t kConnectionsMax = 1024;

  HttpHost(std::string_view base_path, const std::string& web);
  ~HttpHost();
  HttpHost(const HttpHost&) = delete;
  HttpHost& operator=(const HttpHost&) = delete;

  void start(Loop& loop, Log& log);
  // Ends all connections at once.
  void close();
  // With a session, TLS is spoken on it.
  void adopt(AcceptedSocket socket, std::unique_ptr<TlsSession> tls);
  void set_web(const std::string& folder) { site_.set_web(folder); }
  size_t connections() const { return connections_.size(); }

  // For connections.
  Loop& loop() { return *loop_; }
  Log& log() { return *log_; }
  MonitorSite& site() { return site_; }
  HostFacts facts();
  uint64_t now_ms() { return uv_now(&loop_->uv()); }
  void resume_next_turn(HttpConnection& connection);
  void release(HttpConnection& connection);

 private:
  bool make_room();
  void resume_waiting();
  void check_deadlines();

  Loop* loop_ = nullptr;
  Log* log_ = nullptr;
  MonitorSite site_;
  ProcessFacts process_;
  std::unordered_map<HttpConnection*, std::unique_ptr<HttpConnection>> connections_;
  std::vector<HttpConnection*> waiting_;  // for the next turn
  UvHandle<uv_idle_t> next_turn_;
  UvHandle<uv_timer_t> timer_;  // runs while there are connections
};

}  // namespace myelin
