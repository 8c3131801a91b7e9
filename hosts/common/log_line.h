// A line of the log, and the names that rotated logs get, letter for letter as the official server
// writes them: tools read these.
//
//     [PID] YYYY/MM/DD HH:MM:SS.uuuuuu [INF] text
#pragma once

#include <string>
#include <string_view>

#include "core/base/log.h"
#include "core/base/time.h"

namespace myelin {

struct LogLineStyle {
  int pid = 0;
  bool has_time = true;
  bool is_utc = false;
  bool has_colours = false;
};

// The whole line with its newline. A newline inside `text` stays: usage of several lines is legal.
std::string log_line(const LogLineStyle& style, WallTime at, LogLevel level, std::string_view text);
// `text` with its control characters as in go_quote: what a peer said looks like no line of ours.
std::string one_line(std::string_view text);

// "<path>.YYYY.MM.DD.HH.MM.SS.nnnnnnnnn", in local time.
std::string log_backup_name(const std::string& path, WallTime at);
// Whether `name` is what log_backup_name would make of `base`.
bool is_log_backup(std::string_view name, std::string_view base);

}  // namespace myelin
