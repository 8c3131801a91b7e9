// What the module exports. A host is named by its address; ids and sizes cross as doubles (below
// 2^53), instants as 64 bits of nanoseconds. What a call takes besides is at the beginning of the
// host's input buffer (myelin_buffer). tests/browser/host.mjs is the other side in a page of code.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <variant>
#include <vector>

#include "hosts/browser/browser_host.h"
#include "hosts/browser/heap.h"
#include "hosts/browser/imported_log.h"
#include "hosts/browser/imported_slots.h"

#define EXPORT(name) __attribute__((export_name(#name), used)) name

namespace myelin {
namespace {

// What next_output leaves at myelin_output, by the kind it answers.
enum class Kind : int32_t { kNone = 0, kWrite = 1, kPauseRead = 2, kResumeRead = 3, kReport = 4 };

struct Piece {
  const char* bytes;
  uint32_t size;
};
struct WriteRecord {
  double client;
  uint32_t chunk_count;
  const Piece* chunks;
  uint32_t total_size;
  uint32_t close;
  uint32_t close_code;
  const char* reason;
  uint32_t reason_size;
};
struct ReportRecord {
  double query;
  uint32_t status;
  const char* content_type;
  uint32_t content_type_size;
  const char* bytes;
  uint32_t size;
  uint32_t last;
};
union Record {
  WriteRecord write;
  double client;
  ReportRecord report;
};
static_assert(sizeof(void*) == 4);
static_assert(offsetof(WriteRecord, reason_size) == 32);
static_assert(offsetof(ReportRecord, last) == 28);

struct Host {
  ImportedLog log;
  ImportedSlots slots;
  BrowserHost host{log, slots, heap_in_use};
  Record record{};
  std::vector<Piece> pieces;
};

uint32_t size_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }
// What is no number of bytes becomes the nearest that is.
uint64_t to_size(double number) {
  constexpr double kMost = 9007199254740992;  // 2^53
  if (!(number > 0)) return 0;
  return static_cast<uint64_t>(std::min(number, kMost));
}
ClientId to_client(double number) { return {to_size(number)}; }
double to_number(uint64_t number) { return static_cast<double>(number); }

Kind lay_out(Host& to, const Write& write) {
  to.pieces.clear();
  uint32_t total = 0;
  for (const Chunk& chunk : write.chunks) {
    to.pieces.push_back({chunk.text().data(), chunk.size});
    total += chunk.size;
  }
  to.record.write = {.client = to_number(write.client.value),
                     .chunk_count = static_cast<uint32_t>(to.pieces.size()),
                     .chunks = to.pieces.data(),
                     .total_size = total,
                     .close = static_cast<uint32_t>(write.close),
                     .close_code = write.close_code,
                     .reason = write.close_reason.data(),
                     .reason_size = size_of(write.close_reason)};
  return Kind::kWrite;
}
Kind lay_out(Host& to, const PauseRead& pause) {
  to.record.client = to_number(pause.client.value);
  return Kind::kPauseRead;
}
Kind lay_out(Host& to, const ResumeRead& resume) {
  to.record.client = to_number(resume.client.value);
  return Kind::kResumeRead;
}
Kind lay_out(Host& to, const Report& report) {
  to.record.report = {.query = to_number(report.id.value),
                      .status = static_cast<uint32_t>(report.status),
                      .content_type = report.content_type.data(),
                      .content_type_size = size_of(report.content_type),
                      .bytes = report.bytes.data(),
                      .size = size_of(report.bytes),
                      .last = report.last ? 1U : 0U};
  return Kind::kReport;
}
// The host keeps Tasks to itself.
Kind lay_out(Host&, const Task&) { return Kind::kNone; }
Kind lay_out(Host&, const CancelTask&) { return Kind::kNone; }
Kind lay_out(Host&, const ObserveHost&) { return Kind::kNone; }
Kind lay_out(Host&, const WantReload&) { return Kind::kNone; }

}  // namespace
}  // namespace myelin

using myelin::Host;

extern "C" {

Host* EXPORT(myelin_create)() { return new Host; }
void EXPORT(myelin_destroy)(Host* h) { delete h; }

char* EXPORT(myelin_buffer)(Host* h, uint32_t size) { return h->host.input(size); }
const char* EXPORT(myelin_text)(Host* h) { return h->host.text().data(); }
uint32_t EXPORT(myelin_text_size)(Host* h) { return myelin::size_of(h->host.text()); }

void EXPORT(myelin_clock)(Host* h, int64_t mono_ns, int64_t wall_ns) {
  h->host.set_clock({{mono_ns}, {wall_ns}});
}
int32_t EXPORT(myelin_configure)(Host* h, uint32_t size) {
  return h->host.configure(h->host.input_text(size)) ? 0 : 1;
}
void EXPORT(myelin_limits)(Host* h, double memory_max, double storage_max) {
  h->host.set_limits(
      {.memory_max = myelin::to_size(memory_max), .storage_max = myelin::to_size(storage_max)});
}
void EXPORT(myelin_slots_added)(Host* h, uint32_t count) { h->host.add_slots(count); }
uint32_t EXPORT(myelin_slots_wanted)(Host* h) { return h->host.slots_wanted(); }
int32_t EXPORT(myelin_start)(Host* h) {
  myelin::Seed seed;
  std::memcpy(seed.data(), h->host.input(sizeof(seed)), sizeof(seed));
  return h->host.start(seed) ? 0 : 1;
}
int32_t EXPORT(myelin_recover)(Host* h) {
  const auto progress = h->host.recover();
  if (!progress) return -1;
  return *progress == myelin::RecoverProgress::kMore ? 1 : 0;
}

double EXPORT(myelin_open)(Host* h, uint32_t address_size, uint32_t port) {
  const auto client = h->host.open(h->host.input_text(address_size), static_cast<uint16_t>(port));
  return client ? myelin::to_number(client->value) : 0;
}
void EXPORT(myelin_receive)(Host* h, double client, uint32_t size) {
  h->host.receive(myelin::to_client(client), h->host.input_text(size));
}
void EXPORT(myelin_written)(Host* h, double client, double size) {
  h->host.written(myelin::to_client(client), myelin::to_size(size));
}
void EXPORT(myelin_close)(Host* h, double client) { h->host.close(myelin::to_client(client)); }
void EXPORT(myelin_advance)(Host* h) { h->host.advance(); }
int64_t EXPORT(myelin_deadline)(Host* h) {
  const auto deadline = h->host.deadline();
  return deadline ? std::max<int64_t>(deadline->ns, 0) : -1;
}
int32_t EXPORT(myelin_next_output)(Host* h) {
  const myelin::Output* output = h->host.next_output();
  if (output == nullptr) return 0;
  return static_cast<int32_t>(
      std::visit([h](const auto& one) { return myelin::lay_out(*h, one); }, *output));
}
const void* EXPORT(myelin_output)(Host* h) { return &h->record; }
int32_t EXPORT(myelin_commit)(Host* h) { return h->host.commit() ? 1 : 0; }

double EXPORT(myelin_query)(Host* h, uint32_t path_size, uint32_t parameters_size) {
  const std::string_view both = h->host.input_text(path_size + parameters_size);
  return myelin::to_number(h->host.query(both.substr(0, path_size), both.substr(path_size)).value);
}
void EXPORT(myelin_cancel_query)(Host* h, double query) {
  h->host.cancel_query({myelin::to_size(query)});
}
int32_t EXPORT(myelin_reload)(Host* h, uint32_t size) {
  return h->host.reload(h->host.input_text(size)) ? 0 : 1;
}
void EXPORT(myelin_lame_duck)(Host* h) { h->host.lame_duck(); }
void EXPORT(myelin_shut_down)(Host* h) { h->host.shut_down(); }
int32_t EXPORT(myelin_flush)(Host* h) { return h->host.flush() ? 1 : 0; }
int32_t EXPORT(myelin_is_empty)(Host* h) { return h->host.is_empty() ? 1 : 0; }
double EXPORT(myelin_memory_in_use)(Host*) { return myelin::to_number(myelin::heap_in_use()); }
void EXPORT(myelin_id)(Host* h) { h->host.tell_id(); }
}
