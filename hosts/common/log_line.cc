#include "hosts/common/log_line.h"

#include <ctime>

#include "core/base/text.h"

namespace myelin {
namespace {

struct LevelTag {
  std::string_view name;
  std::string_view colour;
};

LevelTag tag_of(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return {"TRC", "33"};
    case LogLevel::kDebug:
      return {"DBG", "36"};
    case LogLevel::kInfo:
      return {"INF", "32"};
    case LogLevel::kWarning:
      return {"WRN", "0;93"};
    case LogLevel::kError:
      return {"ERR", "31"};
    case LogLevel::kFatal:
      return {"FTL", "31"};
  }
  return {"INF", "32"};
}

std::tm broken_down(WallTime at, bool is_utc) {
  const time_t unix_seconds = at.unix_ns / kNsPerSecond;
  std::tm parts{};
  if (is_utc) {
    gmtime_r(&unix_seconds, &parts);
  } else {
    localtime_r(&unix_seconds, &parts);
  }
  return parts;
}

void append_digits(std::string& to, int64_t value, size_t width) {
  const size_t begin = to.size();
  to.resize(begin + width, '0');
  for (size_t at = begin + width; at > begin && value > 0; value /= 10) {
    to[--at] = static_cast<char>('0' + value % 10);
  }
}

// Date and time with the given separators, down to the second.
void append_date_time(std::string& to, const std::tm& at, char date, char between, char time) {
  append_digits(to, at.tm_year + 1900, 4);
  to += date;
  append_digits(to, at.tm_mon + 1, 2);
  to += date;
  append_digits(to, at.tm_mday, 2);
  to += between;
  append_digits(to, at.tm_hour, 2);
  to += time;
  append_digits(to, at.tm_min, 2);
  to += time;
  append_digits(to, at.tm_sec, 2);
}

}  // namespace

std::string log_line(const LogLineStyle& style, WallTime at, LogLevel level,
                     std::string_view text) {
  std::string line;
  line.reserve(text.size() + 64);
  line += '[';
  line += std::to_string(style.pid);
  line += "] ";
  if (style.has_time) {
    append_date_time(line, broken_down(at, style.is_utc), '/', ' ', ':');
    line += '.';
    append_digits(line, at.unix_ns % kNsPerSecond / 1000, 6);
    line += ' ';
  }
  const LevelTag tag = tag_of(level);
  line += '[';
  if (style.has_colours) ((line += "\x1b[") += tag.colour) += 'm';
  line += tag.name;
  if (style.has_colours) line += "\x1b[0m";
  line += "] ";
  line += text;
  return line += '\n';
}

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      line += c;
    } else {
      const std::string quoted = go_quote({&c, 1});
      line.append(quoted, 1, quoted.size() - 2);
    }
  }
  return line;
}

std::string log_backup_name(const std::string& path, WallTime at) {
  std::string name = path + '.';
  append_date_time(name, broken_down(at, false), '.', '.', '.');
  name += '.';
  append_digits(name, at.unix_ns % kNsPerSecond, 9);
  return name;
}

bool is_log_backup(std::string_view name, std::string_view base) {
  static constexpr std::string_view kShape = ".dddd.dd.dd.dd.dd.dd.ddddddddd";
  if (!name.starts_with(base) || name.size() != base.size() + kShape.size()) return false;
  name.remove_prefix(base.size());
  for (size_t index = 0; index < kShape.size(); ++index) {
    const bool is_digit = name[index] >= '0' && name[index] <= '9';
    if (kShape[index] == 'd' ? !is_digit : name[index] != '.') return false;
  }
  return true;
}

}  // namespace myelin
