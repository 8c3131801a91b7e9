// Daemon: the server as a process: its log, listeners, signals, pid and ports files, in the order
// and the words of the official server, which harnesses wait for.
//
//     run     banner, pid file, the streams of the store, listeners, "Server is ready", then the
//             loop until a signal ends it
//     INT     shut down        TERM  the same, unless in lame duck mode
//     HUP     reload           USR1  reopen the log        USR2  lame duck mode
//
// It decides when things happen; what happens is the Server's, the Loop's and the Listener's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/server.h"
#include "core/storage/memory_storage.h"
#include "hosts/common/file_storage.h"
#include "hosts/common/logger.h"
#include "hosts/native/account_resolver.h"
#include "hosts/native/flags.h"
#include "hosts/native/jetstream_store.h"
#include "hosts/native/monitoring.h"
#include "hosts/native/service_manager.h"
#include "hosts/native/signals.h"
#include "hosts/native/websocket_door.h"
#include "hosts/uv/doorway.h"
#include "hosts/uv/listener.h"
#include "hosts/uv/loop.h"

namespace myelin {

class Daemon {
 public:
  // `program` is argv[0]; `flags` are applied again at each reload.
  Daemon(std::string program, Flags flags);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // The process's exit code. `config` is complete.
  int run(Config config);
  // Some task still runs on another thread, which may take long to end.
  bool is_busy() { return loop_ != nullptr && loop_->is_busy(); }

 private:
  void info(std::string_view text) { log_.write(LogLevel::kInfo, text); }
  void error(std::string_view text) { log_.write(LogLevel::kError, text); }
  int fatal(std::string_view text);

  Status open_store(const Options& options);
  Status open_resolver(const Options& options);
  bool start_resolver();
  Options completed(Options options) const;
  // What the Server goes by, once there is one.
  const Options& running() const { return server_->options(); }
  void print_banner();
  void print_cautions();
  void print_operators();
  void print_jetstream();
  bool recover();
  int end();
  void close_store();
  bool start_listeners(ListenSocket client);
  void start_listener(ListenSocket socket, const Doorway& doorway);
  void write_ports_file();

  void on_signal(int signal);
  std::string reload();  // what went wrong, or nothing
  Status try_reload();
  void apply_reloaded(Config reloaded);
  void reopen_log();
  void enter_lame_duck();
  void shut_down();

  const std::string program_;
  HostConfig config_;
  WallTime config_loaded_{};  // 0: at the start
  const Flags flags_;
  Logger log_;
  const ServiceManager service_;
  std::string store_directory_;
  MachineSizes machine_sizes_;
  MemoryStorage no_storage_;
  std::unique_ptr<FileStorage> storage_;       // with JetStream
  std::unique_ptr<AccountResolver> resolver_;  // of operator mode; ends before the loop
  std::string system_account_jwt_;             // as it was kept at the start
  std::string ports_path_;
  std::unique_ptr<Server> server_;
  Monitoring monitoring_;
  WebSocketDoor websocket_;
  Doorway doorway_;  // of clients over TCP
  Doorway local_doorway_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Signals> signals_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  bool is_lame_duck_ = false;
  bool is_shutting_down_ = false;
};

}  // namespace myelin
