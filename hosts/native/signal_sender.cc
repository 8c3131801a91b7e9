#include "hosts/native/signal_sender.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "hosts/common/go_text.h"
#include "hosts/native/file.h"

namespace myelin {
namespace {

constexpr std::string_view kProgramNames[] = {"nats-server", "myelin-server"};
constexpr size_t kPidDigitsMax = 10;

std::optional<int> signal_of(std::string_view command) {
  if (command == "stop") return SIGKILL;
  if (command == "quit") return SIGINT;
  if (command == "term") return SIGTERM;
  if (command == "reopen") return SIGUSR1;
  if (command == "reload") return SIGHUP;
  if (command == "ldm") return SIGUSR2;
  return std::nullopt;
}

bool is_server(std::string_view process_name) {
  return std::any_of(std::begin(kProgramNames), std::end(kProgramNames),
                     [&](auto name) { return process_name.find(name) != std::string_view::npos; });
}

// All processes named like a server, except this one, in ascending order.
std::vector<int> running_servers() {
  std::vector<int> pids;
  DIR* processes = opendir("/proc");
  if (processes == nullptr) return pids;
  while (const dirent* entry = readdir(processes)) {
    const auto pid = parse_decimal(entry->d_name, kPidDigitsMax);
    if (!pid || *pid == static_cast<uint64_t>(getpid())) continue;
    const Result<std::string> name =
        read_whole_file("/proc/" + decimal(static_cast<int64_t>(*pid)) + "/comm");
    if (name.ok() && is_server(name.value())) pids.push_back(static_cast<int>(*pid));
  }
  closedir(processes);
  std::sort(pids.begin(), pids.end());
  return pids;
}

// The target itself, or what the pid file of that name holds.
std::string pid_text(const std::string& target) {
  Result<std::string> content = read_whole_file(target);
  if (!content.ok()) return target;
  std::string& text = content.value();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

Result<std::vector<int>> chosen_pids(const SignalRequest& request) {
  const std::string target = request.target ? pid_text(*request.target) : "";
  const bool is_prefix = target.ends_with('*');
  const std::string digits = target.substr(0, target.size() - (is_prefix ? 1 : 0));
  if (!digits.empty() && !parse_decimal(digits, kPidDigitsMax)) {
    return Error{Errc::kInvalid, "invalid pid: " + digits};
  }
  if (!digits.empty() && !is_prefix) {
    return std::vector<int>{static_cast<int>(*parse_decimal(digits, kPidDigitsMax))};
  }
  std::vector<int> pids = running_servers();
  if (pids.size() > 1 && !is_prefix) {
    std::string text = "multiple nats-server processes running:";
    for (const int pid : pids) text += "\n" + decimal(pid);
    return Error{Errc::kInvalid, text};
  }
  if (pids.empty()) return Error{Errc::kNotFound, "no nats-server processes running"};
  std::erase_if(pids, [&digits](int pid) { return !decimal(pid).starts_with(digits); });
  return pids;
}

}  // namespace

Status send_signal(const SignalRequest& request) {
  Result<std::vector<int>> pids = chosen_pids(request);
  if (!pids.ok()) return pids.error();
  const std::optional<int> signal = signal_of(request.command);
  if (!signal) return Error{Errc::kInvalid, "unknown signal " + go_quote(request.command)};
  std::string failures;
  for (const int pid : pids.value()) {
    if (kill(pid, *signal) == 0) continue;
    failures +=
        "\nsignal " + go_quote(request.command) + " " + decimal(pid) + ": " + go_errno(errno);
  }
  if (!failures.empty()) return Error{Errc::kIo, failures};
  return kOk;
}

}  // namespace myelin
