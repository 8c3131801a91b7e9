// The command: reads its line, answers what needs no server, and otherwise runs the Daemon.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "core/version.h"
#include "hosts/native/check_health.h"
#include "hosts/native/check_store.h"
#include "hosts/native/daemon.h"
#include "hosts/native/flag_documents.h"
#include "hosts/native/flags.h"
#include "hosts/native/load_config.h"
#include "hosts/native/signal_sender.h"

namespace myelin {
namespace {

// What messages begin with, and the only name that harnesses know.
constexpr char kName[] = "nats-server";

// Outbound blocks of 64 KiB and payloads come and go with every turn: kept in the heap, and the
// heap kept for a while, they cost no system call and no page fault.
void tune_allocator() {
  mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
  mallopt(M_TOP_PAD, 256 * 1024);
  mallopt(M_ARENA_MAX, 2);
}

int fail(const std::string& text) {
  std::fprintf(stderr, "%s: %s\n", kName, text.c_str());
  return 1;
}

void print_version(const std::string& program) {
  std::printf("%s: v%s\n", kName, std::string(kNatsVersion).c_str());
  if (!program.ends_with(kName)) {
    std::printf("myelin-server: v%s\n", std::string(kMyelinVersion).c_str());
  }
}

int check_config(const Flags& flags) {
  if (flags.config.empty())
    return fail("must specify [-c, --config] option to check configuration file syntax");
  const Result<Config> config = load_config(flags);
  if (!config.ok()) return fail(config.error().context);
  if (!config.value().warnings.empty()) {
    std::string text = to_string(config.value().warnings);
    while (text.ends_with('\n')) text.pop_back();
    return fail(text);
  }
  std::fprintf(stderr, "%s: configuration file %s is valid (%s)\n", kName, flags.config.c_str(),
               config.value().digest.c_str());
  return 0;
}

int serve(const std::string& program, Flags flags) {
  Result<Config> config = load_config(flags);
  if (!config.ok()) return fail(config.error().context);
  std::fputs(to_string(config.value().warnings).c_str(), stderr);
  Daemon daemon(program, std::move(flags));
  const int code = daemon.run(std::move(config.value()));
  // A password being hashed would hold up the end for as long as it takes.
  if (daemon.is_busy()) std::_Exit(code);
  return code;
}

int run(const std::string& program, const std::vector<std::string>& arguments) {
  Result<Flags, FlagError> parsed = parse_flags(arguments);
  if (!parsed.ok()) {
    if (!parsed.error().shows_usage) return fail(parsed.error().text);
    std::fprintf(stderr, "%s\n", parsed.error().text.c_str());
    std::fputs(usage_text().c_str(), stdout);
    return 0;
  }
  Flags& flags = parsed.value();
  if (flags.version) {
    print_version(program);
    return 0;
  }
  if (flags.help || flags.help_tls) {
    std::fputs((flags.help ? usage_text() : tls_help_text()).c_str(), stdout);
    return 0;
  }
  if (flags.signal) {
    const Status sent = send_signal(*flags.signal);
    return sent.ok() ? 0 : fail(sent.error().context);
  }
  if (flags.check_config) return check_config(flags);
  if (!flags.fsck.empty()) return check_store(flags.fsck);
  if (!flags.healthz.empty()) return check_health(flags.healthz);
  return serve(program, std::move(flags));
}

}  // namespace
}  // namespace myelin

int main(int count, char** values) {
  myelin::tune_allocator();
  try {
    return myelin::run(count > 0 ? values[0] : "", {values + 1, values + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "myelin-server: %s\n", error.what());
    return 1;
  }
}
