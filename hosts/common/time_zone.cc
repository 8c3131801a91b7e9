#include "hosts/common/time_zone.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <span>
#include <string>

#include "core/base/text.h"
#include "hosts/common/system_call.h"

namespace myelin {
namespace {

constexpr std::string_view kDirectory = "/usr/share/zoneinfo/";
constexpr size_t kZoneNameSizeMax = 128;
constexpr size_t kZoneFileSizeMax = 256 * 1024;
constexpr int64_t kSecondsPerDay = 86400;

// "Europe/Paris": no way out of the directory.
bool is_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  };
  return !name.empty() && name.size() <= kZoneNameSizeMax && name[0] != '/' &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

std::optional<std::string> read_file(const std::string& path) {
  const int fd = retried([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd < 0) return std::nullopt;
  std::string bytes(kZoneFileSizeMax, '\0');
  const auto size = read_all(fd, 0, std::as_writable_bytes(std::span(bytes)));
  close(fd);
  if (!size.ok()) return std::nullopt;
  bytes.resize(size.value());
  return bytes;
}

// Big-endian numbers of a text that may end too early: then they are 0, and it is damaged.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool is_damaged() const { return is_damaged_; }

  void skip(size_t size) { take(size); }
  std::string_view take(size_t size) {
    if (size > bytes_.size() - at_) {
      is_damaged_ = true;
      at_ = bytes_.size();
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  int64_t number(size_t size) {
    uint64_t value = 0;
    const std::string_view bytes = take(size);
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    if (size == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
    return static_cast<int64_t>(value);
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool is_damaged_ = false;
};

struct Counts {
  size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
  // Of the data behind the header, with times of so many bytes.
  size_t size(size_t time_size) const {
    return times * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) + standard + utc;
  }
};

std::optional<Counts> read_header(Reader& reader) {
  if (reader.take(4) != "TZif") return std::nullopt;
  reader.skip(16);
  Counts counts;
  for (size_t* count : {&counts.utc, &counts.standard, &counts.leaps, &counts.times, &counts.types,
                        &counts.letters}) {
    const int64_t value = reader.number(4);
    if (value < 0 || value > static_cast<int64_t>(kZoneFileSizeMax)) return std::nullopt;
    *count = static_cast<size_t>(value);
  }
  if (reader.is_damaged()) return std::nullopt;
  return counts;
}

// What is in force at a time, by the rule that the file ends with ("CET-1CEST,M3.5.0,M10.5.0/3").
class Rule {
 public:
  explicit Rule(std::string_view text) : text_(text) {}

  std::optional<int64_t> offset(int64_t time) {
    if (!name()) return std::nullopt;
    const auto standard = clock();
    if (!standard) return std::nullopt;
    if (text_.empty()) return -*standard;
    if (!name()) return std::nullopt;
    int64_t saving = *standard - 3600;
    if (!text_.empty() && text_[0] != ',') {
      const auto said = clock();
      if (!said) return std::nullopt;
      saving = *said;
    }
    const int64_t year = year_of(time - *standard);
    const auto begin = date(year);
    const auto end = date(year);
    if (!begin || !end) return std::nullopt;
    const bool is_saving = is_between(time, *begin + *standard, *end + saving);
    return is_saving ? -saving : -*standard;
  }

 private:
  static bool is_between(int64_t time, int64_t begin, int64_t end) {
    return begin < end ? time >= begin && time < end : time >= begin || time < end;
  }
  static int64_t days_to(int64_t year, int64_t month, int64_t day) {
    // The civil calendar, counted from March so that leap days come last.
    year -= month <= 2 ? 1 : 0;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t of_era = year - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  }
  static int64_t year_of(int64_t time) {
    int64_t year = 1970 + time / (365 * kSecondsPerDay + kSecondsPerDay / 4);
    while (days_to(year, 1, 1) * kSecondsPerDay > time) --year;
    while (days_to(year + 1, 1, 1) * kSecondsPerDay <= time) ++year;
    return year;
  }
  bool name() {
    const size_t before = text_.size();
    if (!text_.empty() && text_[0] == '<') {
      const size_t end = text_.find('>');
      if (end == std::string_view::npos) return false;
      text_.remove_prefix(end + 1);
    } else {
      while (!text_.empty() && ((text_[0] | 0x20) >= 'a' && (text_[0] | 0x20) <= 'z')) {
        text_.remove_prefix(1);
      }
    }
    return text_.size() < before;
  }
  std::optional<int64_t> number() {
    size_t size = 0;
    while (size < text_.size() && text_[size] >= '0' && text_[size] <= '9') ++size;
    const auto value = parse_decimal(text_.substr(0, size), 4);
    text_.remove_prefix(size);
    if (!value) return std::nullopt;
    return static_cast<int64_t>(*value);
  }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // [+-]hh[:mm[:ss]], in seconds.
  std::optional<int64_t> clock() {
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    int64_t total = 0;
    for (const int64_t unit : {3600, 60, 1}) {
      if (unit != 3600 && !take(':')) break;
      const auto value = number();
      if (!value) return std::nullopt;
      total += *value * unit;
    }
    return is_negative ? -total : total;
  }
  // ",Mm.w.d/time", ",Jn/time" or ",n/time", in seconds of local time since 1970.
  std::optional<int64_t> date(int64_t year) {
    if (!take(',')) return std::nullopt;
    int64_t day = 0;
    if (take('M')) {
      const auto month = number();
      if (!month || !take('.')) return std::nullopt;
      const auto week = number();
      if (!week || !take('.')) return std::nullopt;
      const auto weekday = number();
      if (!weekday || *month < 1 || *month > 12 || *week < 1 || *week > 5) return std::nullopt;
      const int64_t first = days_to(year, *month, 1);
      const int64_t next = *month == 12 ? days_to(year + 1, 1, 1) : days_to(year, *month + 1, 1);
      const int64_t first_weekday = ((first + 4) % 7 + 7) % 7;  // 1970 began on a Thursday
      day = first + (*weekday - first_weekday + 7) % 7 + (*week - 1) * 7;
      while (day >= next) day -= 7;
    } else {
      const bool skips_leap_day = take('J');
      const auto index = number();
      if (!index) return std::nullopt;
      const bool is_leap = days_to(year + 1, 1, 1) - days_to(year, 1, 1) == 366;
      day = days_to(year, 1, 1) + *index - (skips_leap_day ? 1 : 0);
      if (skips_leap_day && is_leap && *index >= 60) ++day;
    }
    int64_t time = 2 * 3600;
    if (take('/')) {
      const auto said = clock();
      if (!said) return std::nullopt;
      time = *said;
    }
    return day * kSecondsPerDay + time;
  }

  std::string_view text_;
};

// How far a clock is ahead of UTC, in seconds.
std::optional<int64_t> offset_at(std::string_view file, int64_t time) {
  Reader reader(file);
  auto counts = read_header(reader);
  if (!counts) return std::nullopt;
  size_t time_size = 4;
  const bool has_long_times = file.size() > 4 && file[4] >= '2';
  if (has_long_times) {
    reader.skip(counts->size(4));
    counts = read_header(reader);
    if (!counts) return std::nullopt;
    time_size = 8;
  }
  size_t passed = 0;  // changes before `time`
  for (size_t index = 0; index < counts->times; ++index) {
    if (reader.number(time_size) <= time) passed = index + 1;
  }
  const std::string_view types = reader.take(counts->times);
  const std::string_view offsets = reader.take(counts->types * 6);
  if (reader.is_damaged() || counts->types == 0) return std::nullopt;
  reader.skip(counts->letters + counts->leaps * (time_size + 4) + counts->standard + counts->utc);
  if (passed == counts->times && has_long_times) {
    std::string_view rule = file.substr(0, file.size() - (file.ends_with('\n') ? 1 : 0));
    rule.remove_prefix(rule.rfind('\n') + 1);
    if (!rule.empty()) return Rule(rule).offset(time);
  }
  const size_t type = passed == 0 ? 0 : static_cast<unsigned char>(types[passed - 1]);
  if (type >= counts->types) return std::nullopt;
  return Reader(offsets.substr(type * 6, 4)).number(4);
}

Duration since_midnight(int64_t local_seconds, int64_t ns) {
  const int64_t second = (local_seconds % kSecondsPerDay + kSecondsPerDay) % kSecondsPerDay;
  return seconds(second) + Duration(ns);
}

}  // namespace

std::optional<Duration> time_of_day(std::string_view zone, WallTime at) {
  const int64_t time = at.unix_ns / kNsPerSecond;
  const int64_t ns = at.unix_ns % kNsPerSecond;
  if (zone == "UTC") return since_midnight(time, ns);
  if (zone.empty() || zone == "Local") {
    const std::time_t unix_seconds = time;
    std::tm parts{};
    if (localtime_r(&unix_seconds, &parts) == nullptr) return std::nullopt;
    return std::chrono::hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec) +
           Duration(ns);
  }
  if (!is_name(zone)) return std::nullopt;
  const auto file = read_file(std::string(kDirectory) + std::string(zone));
  if (!file) return std::nullopt;
  const auto offset = offset_at(*file, time);
  if (!offset) return std::nullopt;
  return since_midnight(time + *offset, ns);
}

}  // namespace myelin
