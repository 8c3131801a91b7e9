#include "core/base/rfc3339.h"

#include "core/base/text.h"

namespace myelin {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr std::string_view kZeroTimeText = "0001-01-01T00:00:00Z";

struct Date {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
};

// Days since 1970-01-01 of the Gregorian calendar and back, counted in eras of 400 years that begin
// in March, so that a leap day is the last of its year.
int64_t days_of(Date date) {
  const int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month_from_march = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

Date date_of(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t days_in(int64_t year, int64_t month) {
  static constexpr int64_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

void append_padded(std::string& to, int64_t number, size_t width) {
  const std::string digits = decimal(number);
  to.append(width - digits.size(), '0');
  to += digits;
}

// Takes pieces off the front of a text; after the first that does not fit, nothing does.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool is_at_end() const { return rest_.empty(); }

  int64_t number(size_t width) {
    const auto value = parse_decimal(rest_.substr(0, width), width);
    ok_ = ok_ && rest_.size() >= width && value;
    if (!ok_) return 0;
    rest_.remove_prefix(width);
    return static_cast<int64_t>(*value);
  }
  void expect(char c) { ok_ = take(c) && ok_; }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Digits of a second; beyond the ninth they are dropped, as in Go.
  int64_t fraction_ns() {
    int64_t ns = 0;
    int64_t weight = kNsPerSecond / 10;
    const size_t before = rest_.size();
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1)) {
      ns += (rest_.front() - '0') * weight;
      weight /= 10;
    }
    ok_ = ok_ && rest_.size() < before;
    return ns;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// What a zone adds to UTC, in seconds.
int64_t zone_offset(Pieces& pieces) {
  if (pieces.take('Z')) return 0;
  const int64_t sign = pieces.take('-') ? -1 : 1;
  if (sign > 0) pieces.expect('+');
  const int64_t hours = pieces.number(2);
  pieces.expect(':');
  return sign * (hours * 3600 + pieces.number(2) * 60);
}

WallTime wall_time(int64_t unix_seconds, int64_t ns) {
  int64_t total = 0;
  if (__builtin_mul_overflow(unix_seconds, kNsPerSecond, &total) ||
      __builtin_add_overflow(total, ns, &total)) {
    return unix_seconds < 0 ? kZeroTime : WallTime{INT64_MAX};
  }
  return {total};
}

}  // namespace

std::string rfc3339(WallTime time) {
  if (time == kZeroTime) return std::string(kZeroTimeText);
  int64_t unix_seconds = time.unix_ns / kNsPerSecond;
  int64_t ns = time.unix_ns % kNsPerSecond;
  if (ns < 0) {
    ns += kNsPerSecond;
    --unix_seconds;
  }
  int64_t days = unix_seconds / kSecondsPerDay;
  int64_t second_of_day = unix_seconds % kSecondsPerDay;
  if (second_of_day < 0) {
    second_of_day += kSecondsPerDay;
    --days;
  }
  const Date date = date_of(days);
  std::string text;
  append_padded(text, date.year, 4);
  text += '-';
  append_padded(text, date.month, 2);
  text += '-';
  append_padded(text, date.day, 2);
  text += 'T';
  append_padded(text, second_of_day / 3600, 2);
  text += ':';
  append_padded(text, second_of_day / 60 % 60, 2);
  text += ':';
  append_padded(text, second_of_day % 60, 2);
  if (ns != 0) {
    text += '.';
    append_padded(text, ns, 9);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + 'Z';
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  Pieces pieces(text);
  Date date;
  date.year = pieces.number(4);
  pieces.expect('-');
  date.month = pieces.number(2);
  pieces.expect('-');
  date.day = pieces.number(2);
  pieces.expect('T');
  const int64_t hour = pieces.number(2);
  pieces.expect(':');
  const int64_t minute = pieces.number(2);
  pieces.expect(':');
  const int64_t second = pieces.number(2);
  const int64_t ns = pieces.take('.') ? pieces.fraction_ns() : 0;
  const int64_t offset = zone_offset(pieces);
  if (!pieces.ok() || !pieces.is_at_end()) return std::nullopt;
  if (date.month < 1 || date.month > 12) return std::nullopt;
  if (date.day < 1 || date.day > days_in(date.year, date.month)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const int64_t seconds_of_day = hour * 3600 + minute * 60 + second;
  return wall_time(days_of(date) * kSecondsPerDay + seconds_of_day - offset, ns);
}

}  // namespace myelin
