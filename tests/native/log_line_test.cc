#include "hosts/common/log_line.h"

#include <catch2/catch.hpp>

namespace myelin {
namespace {

// 2026-11-21 09:26:46.143505 UTC
constexpr WallTime kAt{1795253206'143505999};

}  // namespace

TEST_CASE("log_line: process, time in microseconds, level, text") {
  const LogLineStyle style{.pid = 42, .is_utc = true};
  CHECK(log_line(style, kAt, LogLevel::kInfo, "Server is ready") ==
        "[42] 2026/11/21 09:26:46.143505 [INF] Server is ready\n");
}

TEST_CASE("log_line: each level has its tag") {
  const LogLineStyle style{.pid = 1, .has_time = false};
  CHECK(log_line(style, kAt, LogLevel::kTrace, "t") == "[1] [TRC] t\n");
  CHECK(log_line(style, kAt, LogLevel::kDebug, "t") == "[1] [DBG] t\n");
  CHECK(log_line(style, kAt, LogLevel::kWarning, "t") == "[1] [WRN] t\n");
  CHECK(log_line(style, kAt, LogLevel::kError, "t") == "[1] [ERR] t\n");
  CHECK(log_line(style, kAt, LogLevel::kFatal, "t") == "[1] [FTL] t\n");
}

TEST_CASE("log_line: only the tag is coloured") {
  const LogLineStyle style{.pid = 1, .has_time = false, .has_colours = true};
  CHECK(log_line(style, kAt, LogLevel::kInfo, "t") == "[1] [\x1b[32mINF\x1b[0m] t\n");
  CHECK(log_line(style, kAt, LogLevel::kWarning, "t") == "[1] [\x1b[0;93mWRN\x1b[0m] t\n");
}

TEST_CASE("one_line: what a peer said looks like no other line") {
  CHECK(one_line("a\n[1] [INF] b\r\t\x1b[31m\x7f") == "a\\n[1] [INF] b\\r\\t\\x1b[31m\\x7f");
  CHECK(one_line("gr\u00fc\u00dfe") == "gr\u00fc\u00dfe");
  CHECK(one_line("").empty());
}

TEST_CASE("log_backup_name: is recognised as a backup of its log and of no other") {
  const std::string name = log_backup_name("server.log", kAt);
  CHECK(name.ends_with(".143505999"));
  CHECK(is_log_backup(name, "server.log"));
  CHECK_FALSE(is_log_backup(name, "other.log"));
  CHECK_FALSE(is_log_backup("server.log", "server.log"));
  CHECK_FALSE(is_log_backup("server.log.old", "server.log"));
  CHECK_FALSE(is_log_backup(name + ".gz", "server.log"));
}

}  // namespace myelin
