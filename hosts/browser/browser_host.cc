#include "hosts/browser/browser_host.h"

#include <utility>
#include <variant>

#include "core/base/text.h"
#include "core/config/reload.h"
#include "core/config/size.h"
#include "core/version.h"
#include "hosts/browser/heap.h"

namespace myelin {
namespace {

// Nothing compresses here: a stream that asks for it is kept as it comes.
constexpr Codecs kNoCodecs{};

}  // namespace

BrowserHost::BrowserHost() = default;
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

bool BrowserHost::start(const Seed& seed) {
  if (slots_given_ > 0 && config_.options.jetstream) {
    slot_storage_ = std::make_unique<SlotStorage>(slots_, log_);
    const Status loaded = slot_storage_->load(slots_given_);
    if (!loaded.ok()) {
      text_ = "The stored streams cannot be opened: " + loaded.error().context;
      return false;
    }
  }
  const Options options = server_options(config_, limits_, slot_storage_ != nullptr, now_.wall);
  if (!slot_storage_) {
    const int64_t capacity = options.jetstream ? options.jetstream->max_file_store : 0;
    memory_storage_ = std::make_unique<MemoryStorage>(static_cast<uint64_t>(capacity));
  }
  Storage& storage = slot_storage_ ? static_cast<Storage&>(*slot_storage_)
                                   : static_cast<Storage&>(*memory_storage_);
  server_ = std::make_unique<Server>(options, storage, kNoCodecs, log_, seed);
  print_beginning();
  return true;
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
  const Options options = server_options(config_, limits_, slot_storage_ != nullptr, now_.wall);
  if (!options.jetstream) return;
  info("Starting JetStream");
  info("  Max Memory:      " + friendly_size(options.jetstream->max_memory_store));
  info("  Max Storage:     " + friendly_size(options.jetstream->max_file_store));
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
  return server_->open(
      now_, {.kind = LinkKind::kInProcess, .address = std::string(address), .port = port});
}

void BrowserHost::receive(ClientId client, std::string_view bytes) {
  server_->receive(now_, client, as_bytes(bytes));
}

void BrowserHost::written(ClientId client, uint64_t size) { server_->written(now_, client, size); }

void BrowserHost::close(ClientId client) { server_->close(now_, client, LinkEnd::kPeerClosed); }

void BrowserHost::advance() { server_->advance(now_); }

std::optional<Instant> BrowserHost::deadline() const { return server_->deadline(); }

const Output* BrowserHost::next_output() {
  do {
    output_ = server_->next_output();
  } while (output_ && answer_task(*output_));
  return output_ ? &*output_ : nullptr;
}

bool BrowserHost::answer_task(const Output& output) {
  if (const Task* task = std::get_if<Task>(&output)) {
    server_->done(now_, task->id, Error{Errc::kUnsupported, "this host does no such mathematics"});
    return true;
  }
  return std::holds_alternative<CancelTask>(output);
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
  return has_reported;
}

// Administration ----------------------------------------------------------------------------------

QueryId BrowserHost::query(std::string_view path, std::string_view parameters) {
  return server_->query(now_, path, parameters, {.memory = heap_in_use()});
}

void BrowserHost::cancel_query(QueryId query) { server_->cancel_query(query); }

bool BrowserHost::reload(std::string_view text) {
  Result<Config, std::string> read = read_browser_config(text);
  if (!read.ok()) {
    text_ = read.error();
    return false;
  }
  const Result<std::vector<std::string>> changes = reload_changes(config_, read.value());
  if (!changes.ok()) {
    text_ = changes.error().context;
    return false;
  }
  config_ = std::move(read.value());
  server_->reload(now_, server_options(config_, limits_, slot_storage_ != nullptr, now_.wall));
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
