#include "hosts/browser/browser_host.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/text.h"
#include "core/config/reload.h"
#include "core/config/size.h"
#include "core/version.h"
#include "hosts/common/codecs.h"

namespace myelin {
namespace {

// The module can grow to twice the most, for what lies between the pieces in use.
constexpr uint64_t kMemoryMaxLeast = uint64_t{16} << 20;
constexpr uint64_t kMemoryMaxMost = uint64_t{1} << 30;
// A payload is there several times over while it passes.
constexpr uint64_t kPayloadShare = 16;

constexpr std::string_view kNoMemory = "-ERR 'Maximum Memory Exceeded'\r\n";

}  // namespace

BrowserHost::BrowserHost(Log& log, Slots& slots, Admission::HeapInUse heap_in_use)
    : log_(log), slots_(slots), heap_in_use_(heap_in_use) {}
BrowserHost::~BrowserHost() = default;

char* BrowserHost::input(uint32_t size) {
  if (input_.size() < size) input_.resize(size);
  return input_.data();
}

std::string_view BrowserHost::input_text(uint32_t size) const {
  return std::string_view(input_).substr(0, size);
}

// Before the start ------------------------------------------------------------------------------

bool BrowserHost::configure(std::string_view text) {
  Result<Config, std::string> read = read_browser_config(text);
  text_ = read.ok() ? std::string() : read.error();
  if (!read.ok()) return false;
  config_ = std::move(read.value());
  return true;
}

void BrowserHost::add_slots(uint32_t count) {
  if (slot_storage_) {
    slot_storage_->add_slots(count);
  } else {
    slots_given_ += count;
  }
}

uint32_t BrowserHost::slots_wanted() const {
  return slot_storage_ ? slot_storage_->slots_wanted() : 0;
}

void BrowserHost::set_limits(BrowserLimits limits) {
  limits_ = {.memory_max = std::clamp(limits.memory_max, kMemoryMaxLeast, kMemoryMaxMost),
             .storage_max = limits.storage_max};
}

bool BrowserHost::start(const Seed& seed) {
  const Status opened = open_storage();
  if (!opened.ok()) {
    text_ = opened.error().context;
    return false;
  }
  server_ = std::make_unique<Server>(options(), storage(), codecs(), log_, seed);
  admission_.emplace(*server_, log_, limits_.memory_max, heap_in_use_);
  print_beginning();
  return true;
}

Status BrowserHost::open_storage() {
  if (config_.options.max_payload > limits_.memory_max / kPayloadShare) {
    return Error{Errc::kInvalid, "config: max_payload is more than the memory allows, " +
                                     decimal(static_cast<int64_t>(limits_.memory_max)) + " bytes"};
  }
  if (slots_given_ > 0 && config_.options.jetstream) {
    slot_storage_ = std::make_unique<SlotStorage>(slots_, log_);
    const Status loaded = slot_storage_->load(slots_given_);
    if (loaded.ok()) return kOk;
    return Error{loaded.error().code,
                 "The stored streams cannot be opened: " + loaded.error().context};
  }
  const Options known = options();
  const int64_t capacity = known.jetstream ? known.jetstream->max_file_store : 0;
  memory_storage_ = std::make_unique<MemoryStorage>(static_cast<uint64_t>(capacity));
  return kOk;
}

Storage& BrowserHost::storage() {
  if (slot_storage_) return *slot_storage_;
  return *memory_storage_;
}

Options BrowserHost::options() const {
  return server_options(config_, limits_, slot_storage_ != nullptr, now_.wall);
}

void BrowserHost::print_beginning() {
  const auto info = [this](const std::string& text) { log_.write(LogLevel::kInfo, text); };
  info("Starting myelin-server in this page");
  info("  Version:  " + std::string(kNatsVersion));
  info("  Myelin:   " + std::string(kMyelinVersion));
  info("  Name:     " + server_->name());
  info("  ID:       " + server_->id());
  for (const Diagnostic& warning : config_.warnings) {
    log_.write(LogLevel::kWarning, to_string(warning));
  }
  for (const std::string& notice : config_.notices) log_.write(LogLevel::kWarning, notice);
  const Options known = options();
  if (!known.jetstream) return;
  info("Starting JetStream");
  info("  Max Memory:      " + friendly_size(known.jetstream->max_memory_store));
  info("  Max Storage:     " + friendly_size(known.jetstream->max_file_store));
  if (!slot_storage_) info("There is no storage: streams are kept in memory only");
}

std::optional<RecoverProgress> BrowserHost::recover() {
  const Result<RecoverProgress> progress = server_->recover(now_);
  if (progress.ok()) return progress.value();
  text_ = "Can't start JetStream: " + progress.error().context;
  return std::nullopt;
}

// Links -------------------------------------------------------------------------------------------

std::optional<ClientId> BrowserHost::open(std::string_view address, uint16_t port) {
  if (!admission_->admits()) {
    text_ = kNoMemory;
    return std::nullopt;
  }
  const ClientId client = server_->open(
      now_, {.kind = LinkKind::kInProcess, .address = std::string(address), .port = port});
  admission_->add(client);
  return client;
}

void BrowserHost::receive(ClientId client, std::string_view bytes) {
  admission_->receive(now_, client, bytes);
}

void BrowserHost::written(ClientId client, uint64_t size) { server_->written(now_, client, size); }

void BrowserHost::close(ClientId client) {
  admission_->remove(client);
  server_->close(now_, client, LinkEnd::kPeerClosed);
}

void BrowserHost::advance() { server_->advance(now_); }

std::optional<Instant> BrowserHost::deadline() const { return server_->deadline(); }

const Output* BrowserHost::next_output() {
  do {
    output_ = server_->next_output();
  } while (output_ && is_for_us(*output_));
  if (!output_) output_ = admission_->next_output();
  return output_ ? &*output_ : nullptr;
}

bool BrowserHost::is_for_us(const Output& output) {
  if (const Task* task = std::get_if<Task>(&output)) {
    server_->done(now_, task->id, Error{Errc::kUnsupported, "this host does no such mathematics"});
    return true;
  }
  if (std::holds_alternative<ObserveHost>(output)) {
    server_->host_observed(now_, {.memory = heap_in_use_()});
    return true;
  }
  // The configuration it was given is the newest there is.
  if (std::holds_alternative<WantReload>(output)) {
    server_->reload_done(now_, {});
    return true;
  }
  return std::holds_alternative<CancelTask>(output) || !admission_->passes(output);
}

bool BrowserHost::commit() {
  bool has_reported = false;
  const auto report = [&](const auto& all) {
    for (const auto& synced : all) {
      server_->synced(now_, synced.ticket, synced.failed);
      has_reported = true;
    }
  };
  if (slot_storage_) {
    slot_storage_->commit();
    report(slot_storage_->take_synced());
  } else {
    report(memory_storage_->take_synced());
  }
  return admission_->resume(now_) || has_reported;
}

// Administration ----------------------------------------------------------------------------------

QueryId BrowserHost::query(std::string_view path, std::string_view parameters) {
  return server_->query(now_, path, parameters, {.memory = heap_in_use_()});
}

void BrowserHost::cancel_query(QueryId query) { server_->cancel_query(query); }

bool BrowserHost::reload(std::string_view text) {
  Result<Config, std::string> read = read_browser_config(text);
  if (!read.ok()) {
    text_ = read.error();
    return false;
  }
  const Result<std::vector<std::string>> changes = reload_changes(running(config_), read.value());
  if (!changes.ok()) {
    text_ = changes.error().context;
    return false;
  }
  config_ = std::move(read.value());
  server_->reload(now_, options());
  for (const std::string& line : changes.value()) log_.write(LogLevel::kInfo, line);
  log_.write(LogLevel::kInfo, "Reloaded server configuration");
  return true;
}

void BrowserHost::lame_duck() { server_->lame_duck(now_); }
void BrowserHost::shut_down() { server_->shut_down(now_); }
bool BrowserHost::flush() { return server_->flush(now_); }
bool BrowserHost::is_empty() const { return server_->is_empty(); }
void BrowserHost::tell_id() { text_ = server_->id() + "\n" + server_->name(); }

}  // namespace myelin
