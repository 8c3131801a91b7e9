#include "hosts/common/logger.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/native/temporary_folder.h"

namespace myelin {
namespace {

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

size_t count_backups(const TemporaryFolder& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (is_log_backup(entry.path().filename().string(), "log")) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("Logger: appends to a file that is there") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("log")) << "before\n";
  Logger log;
  REQUIRE(log.configure({.file = folder.file("log"), .has_time = false}).ok());
  log.write(LogLevel::kInfo, "after");
  CHECK(content_of(folder.file("log")).starts_with("before\n["));
  CHECK(content_of(folder.file("log")).ends_with("] [INF] after\n"));
}

TEST_CASE("Logger: a file that cannot be opened leaves it as it was") {
  const TemporaryFolder folder;
  Logger log;
  REQUIRE(log.configure({.file = folder.file("log"), .has_time = false}).ok());
  const Status refused = log.configure({.file = folder.file("none/log")});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().context ==
        "open " + folder.file("none/log") + ": no such file or directory");
  log.write(LogLevel::kInfo, "still here");
  CHECK(content_of(folder.file("log")).ends_with("still here\n"));
}

TEST_CASE("Logger: configured again it follows a file that was moved away") {
  const TemporaryFolder folder;
  const LoggerOptions options{.file = folder.file("log"), .has_time = false};
  Logger log;
  REQUIRE(log.configure(options).ok());
  log.write(LogLevel::kInfo, "one");
  std::filesystem::rename(folder.file("log"), folder.file("moved"));
  REQUIRE(log.configure(options).ok());
  log.write(LogLevel::kInfo, "two");
  CHECK(content_of(folder.file("moved")).ends_with("one\n"));
  CHECK(content_of(folder.file("log")).ends_with("two\n"));
}

TEST_CASE("Logger: a file that grows past its limit is renamed, and old ones are removed") {
  const TemporaryFolder folder;
  Logger log;
  REQUIRE(log.configure({.file = folder.file("log"), .size_limit = 1000, .files_max = 3}).ok());
  for (int count = 0; count < 200; ++count) log.write(LogLevel::kInfo, std::string(100, 'x'));
  CHECK(count_backups(folder) == 2);
  CHECK(content_of(folder.file("log")).find("Rotated log, backup saved as \"") !=
        std::string::npos);
  CHECK(std::filesystem::file_size(folder.file("log")) < 1500);
}

TEST_CASE("Logger: a disk that takes no more loses lines and nothing else") {
  const TemporaryFolder folder;
  Logger log;
  REQUIRE(log.configure({.file = folder.file("log")}).ok());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 100, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  for (int count = 0; count < 10; ++count) log.write(LogLevel::kInfo, std::string(50, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_action);
  CHECK(std::filesystem::file_size(folder.file("log")) == 100);
  log.write(LogLevel::kInfo, "room again");
  CHECK(content_of(folder.file("log")).ends_with("room again\n"));
}

}  // namespace myelin
