#include "hosts/native/daemon.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include "core/base/text.h"
#include "core/config/reload.h"
#include "core/config/size.h"
#include "core/identity/nkey.h"
#include "core/identity/operators.h"
#include "core/version.h"
#include "hosts/common/clock.h"
#include "hosts/common/codecs.h"
#include "hosts/common/entropy.h"
#include "hosts/common/go_text.h"
#include "hosts/common/heap.h"
#include "hosts/common/time_zone.h"
#include "hosts/native/client_doorway.h"
#include "hosts/native/descriptor_limit.h"
#include "hosts/native/file.h"
#include "hosts/native/load_config.h"
#include "hosts/native/monitor_options.h"
#include "hosts/native/ports_file.h"
#include "hosts/uv/tcp_link.h"

namespace myelin {
namespace {

constexpr mode_t kPidFileMode = 0600;
constexpr mode_t kPortsFileMode = 0666;
constexpr uint32_t kPayloadCautionFrom = 8 * 1024 * 1024;
// What a client that does not read may cost a shutdown.
constexpr uint64_t kShutdownPatienceMs = 1000;
// Core NATS keeps nothing.
constexpr uint64_t kStorageCapacity = 0;

LoggerOptions logger_options(const DaemonOptions& daemon) {
  return {.file = daemon.log_file,
          .size_limit = daemon.logfile_size_limit,
          .files_max = daemon.logfile_max_num,
          .has_time = daemon.logtime,
          .is_utc = daemon.logtime_utc,
          .uses_syslog = daemon.syslog,
          .remote_syslog = daemon.remote_syslog};
}

Codecs lent_codecs() {
  Codecs lent = codecs();
  lent.time_of_day = time_of_day;
  return lent;
}

// As Go prints one, where we are.
std::string local_time(int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  localtime_r(&time, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &parts));
}

}  // namespace

Daemon::Daemon(std::string program, Flags flags)
    : program_(std::move(program)), flags_(std::move(flags)), no_storage_(kStorageCapacity) {}

Daemon::~Daemon() {
  resolver_.reset();
  monitoring_.close();
  websocket_.close();
}

int Daemon::run(Config config) {
  const Status log = log_.configure(logger_options(config.daemon));
  if (!log.ok()) {
    const bool is_file = log.error().code != Errc::kInvalid;
    std::fprintf(stderr, "%s%s\n", is_file ? "error opening file: " : "",
                 log.error().context.c_str());
    return 1;
  }
  // The port must be known before the Server says INFO, and the Server's id before the banner; so
  // the sockets come first, and what is wrong with them is said where the official server says it.
  Result<ListenSocket> client = ListenSocket::tcp(config.daemon.client);
  const ListenAddress wanted = config.daemon.client;
  if (client.ok()) config.daemon.client.port = client.value().port();
  websocket_.bind(config.daemon);
  const Status announced = announce(config);
  Options options = std::move(config.options);
  config_ = std::move(static_cast<HostConfig&>(config));
  Result<Doorway> doorway = client_doorway(config_.daemon);
  if (doorway.ok()) doorway_ = std::move(doorway.value());
  const Status resolver = open_resolver(options);
  if (!resolver.ok()) {
    std::fprintf(stderr, "%s: %s\n", program_.c_str(), resolver.error().context.c_str());
    return 1;
  }
  const Status store = open_store(options);
  Storage& storage = storage_ ? static_cast<Storage&>(*storage_) : no_storage_;
  server_ = std::make_unique<Server>(completed(std::move(options)), storage, lent_codecs(), log_,
                                     random_seed(), random_secrets());

  print_banner();
  print_cautions();
  raise_descriptor_limit(running().max_connections);
  if (!config_.daemon.pid_file.empty()) {
    const Status written =
        write_whole_file(config_.daemon.pid_file, decimal(getpid()), kPidFileMode);
    if (!written.ok()) return fatal("Could not write pidfile: " + written.error().context);
  }
  loop_ = std::make_unique<Loop>(*server_, storage_.get());
  loop_->set_linger(running().write_deadline);
  loop_->set_reload([this] { return reload(); });
  signals_ = std::make_unique<Signals>(loop_->uv(), [this](int signal) { on_signal(signal); });
  if (!start_resolver()) return 1;
  const Status monitors = monitoring_.start(config_.daemon, *loop_, log_);
  if (!monitors.ok()) return fatal("Can't start monitoring: " + monitors.error().context);
  if (!store.ok() || running().jetstream) {
    info("Starting JetStream");
    if (!store.ok()) return fatal("Can't start JetStream: " + store.error().context);
    print_jetstream();
  }
  if (!recover()) return is_shutting_down_ ? end() : 1;
  if (config_.daemon.websocket) {
    const Status websocket =
        websocket_.start(*config_.daemon.websocket, running().max_payload, *loop_, log_);
    if (!websocket.ok()) return fatal(websocket.error().context);
  }
  const Status listens = client.ok() ? client.value().listen() : client.error();
  if (!listens.ok()) {
    return fatal("Error listening on port: " + join_host_port(wanted.host, wanted.port) + ", " +
                 go_quote(listens.error().context));
  }
  if (!announced.ok()) return fatal(announced.error().context);
  if (!doorway.ok()) return fatal(doorway.error().context);

  if (!start_listeners(std::move(client.value()))) return 1;
  if (!config_.daemon.ports_file_dir.empty()) write_ports_file();
  info("Server is ready");
  service_.ready();
  loop_->run();
  return end();
}

int Daemon::end() {
  listeners_.clear();
  websocket_.stop_listening();
  monitoring_.close();
  close_store();
  if (!ports_path_.empty()) {
    const Status removed = remove_file(ports_path_);
    if (!removed.ok()) {
      error("Error cleaning up ports file " + ports_path_ + ": " + removed.error().context);
    }
  }
  info("Server Exiting..");
  return 0;
}

int Daemon::fatal(std::string_view text) {
  log_.write(LogLevel::kFatal, text);
  return 1;
}

// The store ---------------------------------------------------------------------------------------

Status Daemon::open_store(const Options& options) {
  if (!options.jetstream) return kOk;
  store_directory_ = jetstream_directory(config_.daemon.store_dir);
  Result<std::unique_ptr<FileStorage>> opened = open_jetstream_store(store_directory_);
  if (!opened.ok()) return opened.error();
  storage_ = std::move(opened.value());
  machine_sizes_ = machine_sizes(store_directory_);
  return kOk;
}

// Accounts ----------------------------------------------------------------------------------------

// The system account is wanted before anybody else can ask for it.
Status Daemon::open_resolver(const Options& options) {
  const std::optional<OperatorOptions>& operators = options.operators;
  if (!operators) return kOk;
  const ResolverKind kind = operators->resolver;
  if (kind == ResolverKind::kNone || kind == ResolverKind::kMemory) return kOk;
  auto opened = AccountResolver::open(kind, config_.daemon.resolver);
  if (!opened.ok()) return opened.error();
  resolver_ = std::move(opened.value());
  const Result<std::string> system = resolver_->fetch_now(options.system_account);
  if (system.ok()) system_account_jwt_ = system.value();
  return kOk;
}

bool Daemon::start_resolver() {
  if (!resolver_) return true;
  const Status started = resolver_->start(
      [this](TaskId task, TaskAnswer answer) { loop_->finish(task, std::move(answer)); });
  if (!started.ok()) {
    fatal("Can't start the account resolver: " + started.error().context);
    return false;
  }
  loop_->set_account_tasks([this](Task task) { resolver_->submit(std::move(task)); });
  const std::string& directory = config_.daemon.resolver.dir;
  const ResolverKind kind = running().operators->resolver;
  if (kind == ResolverKind::kFull) info("Managing all jwt in exclusive directory " + directory);
  if (kind == ResolverKind::kCache) info("Managing some jwt in exclusive directory " + directory);
  return true;
}

// With what only the host knows.
Options Daemon::completed(Options options) const {
  if (!storage_) options.jetstream.reset();
  if (options.jetstream) resolve(machine_sizes_, *options.jetstream);
  options.monitor = monitor_options(config_, config_loaded_, store_directory_);
  if (options.operators) options.operators->system_account_jwt = system_account_jwt_;
  if (doorway_.tls != nullptr) options.monitor.tls_cert_not_after = doorway_.tls->not_after();
  return options;
}

void Daemon::print_jetstream() {
  if (config_.daemon.store_dir.empty()) {
    log_.write(LogLevel::kWarning,
               "Temporary storage directory used, data could be lost on system reboot");
  }
  const JetStreamOptions& limits = *running().jetstream;
  info("---------------- JETSTREAM ----------------");
  if (limits.strict) info("  Strict:          true");
  info("  Max Memory:      " + friendly_size(limits.max_memory_store));
  info("  Max Storage:     " + friendly_size(limits.max_file_store));
  info("  Store Directory: \"" + store_directory_ + "\"");
  info("  Sync Interval:   " +
       (limits.sync_always ? std::string("always") : go_duration(limits.sync_interval)));
  info("-------------------------------------------");
}

// In slices, between which signals and finished syncs are heard.
bool Daemon::recover() {
  const Instant begun = read_clocks().mono;
  for (;;) {
    const Result<RecoverProgress> progress = server_->recover(read_clocks());
    if (!progress.ok()) {
      fatal("Can't start JetStream: " + progress.error().context);
      return false;
    }
    loop_->run_once();
    if (is_shutting_down_) return false;
    if (progress.value() == RecoverProgress::kDone) break;
  }
  return_all_free_memory();
  if (storage_) info("Took " + go_duration(read_clocks().mono - begun) + " to start JetStream");
  return true;
}

// What was handed to the disk is done before the process may end.
void Daemon::close_store() {
  if (!storage_) return;
  info("Initiating JetStream Shutdown...");
  loop_->flush_storage();
  info("JetStream Shutdown");
}

// Beginnings --------------------------------------------------------------------------------------

void Daemon::print_banner() {
  info("Starting nats-server");
  info("  Version:  " + std::string(kNatsVersion));
  info("  Git:      [not set]");
  info("  Myelin:   " + std::string(kMyelinVersion));
  info("  Name:     " + server_->name());
  info("  ID:       " + server_->id());
}

void Daemon::print_cautions() {
  const auto warn = [this](std::string_view text) { log_.write(LogLevel::kWarning, text); };
  if (has_plain_passwords(running().authorization)) {
    warn("Plaintext passwords detected, use nkeys or bcrypt");
  }
  if (!config_.path.empty()) {
    info("Using configuration file: " + config_.path + " (" + config_.digest + ")");
  }
  for (const std::string& notice : config_.notices) warn(notice);
  print_operators();
  if (running().max_payload > kPayloadCautionFrom) {
    warn(
        "Maximum payloads over 8.00 MB are generally discouraged and could lead to poor "
        "performance");
  }
}

void Daemon::print_operators() {
  if (!running().operators) return;
  const Operators operators(*running().operators, key_codecs());
  if (operators.claims().empty()) return;
  info("Trusted Operators");
  for (const OperatorClaims& claims : operators.claims()) {
    info("  System  : " + go_quote(claims.aud));
    info("  Operator: " + go_quote(claims.name));
    info("  Issued  : " + local_time(claims.iat));
    info("  Expires : " + (claims.exp == 0 ? "Never" : local_time(claims.exp)));
  }
  if (!is_nkey(running().system_account, NkeyKind::kAccount)) {
    log_.write(LogLevel::kWarning, "Trusted Operators should utilize a System Account");
  }
}

bool Daemon::start_listeners(ListenSocket client) {
  const int port = client.port();
  start_listener(std::move(client), doorway_);
  info("Listening for client connections on " + join_host_port(config_.daemon.client.host, port));
  tell_doorway(doorway_, log_);
  const std::string& path = config_.daemon.listen_unix;
  if (path.empty()) return true;
  Result<ListenSocket> local = ListenSocket::unix_domain(path);
  if (!local.ok()) {
    fatal("Error listening on unix socket: " + path + ", " + go_quote(local.error().context));
    return false;
  }
  start_listener(std::move(local.value()), local_doorway_);
  info("Listening for client connections on unix socket " + path);
  return true;
}

void Daemon::start_listener(ListenSocket socket, const Doorway& doorway) {
  listeners_.push_back(std::make_unique<Listener>(
      loop_->uv(), std::move(socket), "Client", log_, [this, &doorway](AcceptedSocket accepted) {
        TcpLink::adopt(*loop_, std::move(accepted), doorway);
      }));
}

void Daemon::write_ports_file() {
  const ListenSocket& client = listeners_.front()->socket();
  const char* const scheme = doorway_.tls != nullptr && !doorway_.allow_non_tls ? "tls" : "nats";
  const Ports ports{.nats = listener_urls(scheme, client.address(), client.port()),
                    .monitoring = monitoring_.urls(),
                    .websocket = websocket_.urls()};
  ports_path_ = ports_file_path(config_.daemon.ports_file_dir, program_, getpid());
  const Status written = write_whole_file(ports_path_, ports_json(ports), kPortsFileMode);
  if (!written.ok()) {
    error("Error writing ports file (" + ports_path_ + "): " + written.error().context);
  }
}

// Signals -------------------------------------------------------------------------------------

void Daemon::on_signal(int signal) {
  info("Trapped " + go_quote(signal_name(signal)) + " signal");
  if (is_shutting_down_) return;
  switch (signal) {
    case SIGINT:
      return shut_down();
    case SIGTERM:
      if (!is_lame_duck_) shut_down();
      return;
    case SIGHUP:
      reload();
      return;
    case SIGUSR1:
      return reopen_log();
    case SIGUSR2:
      return enter_lame_duck();
    default:
      return;
  }
}

std::string Daemon::reload() {
  service_.reloading();
  const Status done = try_reload();
  return_free_memory();
  service_.ready();
  if (done.ok()) return {};
  error("Failed to reload server configuration: " + done.error().context);
  return done.error().context;
}

// All or nothing: the first thing changed comes after the last thing that can refuse.
Status Daemon::try_reload() {
  if (config_.path.empty()) {
    return Error{Errc::kUnsupported,
                 "can only reload config when a file is provided using -c or --config"};
  }
  Result<Config> loaded = load_config(flags_);
  if (!loaded.ok()) return loaded.error();
  Config& reloaded = loaded.value();
  const Result<std::vector<std::string>> changes =
      reload_changes({running(), config_.daemon, config_.jetstream}, reloaded);
  if (!changes.ok()) return changes.error();
  reloaded.daemon.client.port = config_.daemon.client.port;
  if (config_.daemon.websocket) {
    reloaded.daemon.websocket->address.port = config_.daemon.websocket->address.port;
  }
  TRY(announce(reloaded));
  TRY(monitoring_.prepare_reload(reloaded.daemon));
  TRY(websocket_.prepare_reload(reloaded.daemon));
  Result<Doorway> doorway = client_doorway(reloaded.daemon);
  if (!doorway.ok()) return doorway.error();
  const LoggerOptions logging = logger_options(reloaded.daemon);
  if (logging != logger_options(config_.daemon)) TRY(log_.configure(logging));

  doorway_ = std::move(doorway.value());
  apply_reloaded(std::move(reloaded));
  for (const std::string& line : changes.value()) info(line);
  info("Reloaded server configuration (" + config_.digest + ")");
  return kOk;
}

void Daemon::apply_reloaded(Config reloaded) {
  const DaemonOptions before = std::move(config_.daemon);
  Options options = std::move(reloaded.options);
  config_ = std::move(static_cast<HostConfig&>(reloaded));
  config_loaded_ = read_clocks().wall;
  loop_->reload(completed(std::move(options)));
  monitoring_.reload(config_.daemon);
  websocket_.reload(running().max_payload);
  const DaemonOptions& after = config_.daemon;
  if (after.pid_file != before.pid_file && !after.pid_file.empty()) {
    const Status written = write_whole_file(after.pid_file, decimal(getpid()), kPidFileMode);
    if (!written.ok()) error("Failed to write pidfile: " + written.error().context);
  }
  if (after.ports_file_dir != before.ports_file_dir) {
    if (!ports_path_.empty()) {
      const Status removed = remove_file(std::exchange(ports_path_, ""));
      if (!removed.ok()) error("Error cleaning up ports file: " + removed.error().context);
    }
    if (!after.ports_file_dir.empty() && !listeners_.empty()) write_ports_file();
  }
}

void Daemon::reopen_log() {
  if (!log_.writes_to_file()) return info("File log re-open ignored, not a file logger");
  const Status opened = log_.configure(logger_options(config_.daemon));
  if (!opened.ok()) return error("Failed to re-open the log file: " + opened.error().context);
  info("File log re-opened");
}

void Daemon::enter_lame_duck() {
  if (std::exchange(is_lame_duck_, true)) return;
  info("Entering lame duck mode, stop accepting new clients");
  service_.stopping();
  listeners_.clear();
  websocket_.stop_listening();
  loop_->lame_duck();
  loop_->when_empty([this] {
    if (!is_shutting_down_) shut_down();
  });
}

void Daemon::shut_down() {
  is_shutting_down_ = true;
  info("Initiating Shutdown...");
  service_.stopping();
  listeners_.clear();
  websocket_.stop_listening();
  monitoring_.close();
  loop_->shut_down(kShutdownPatienceMs);
}

}  // namespace myelin
