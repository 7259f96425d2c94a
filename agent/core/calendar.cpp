// SPDX-License-Identifier: Apache-2.0
#include "agent/core/calendar.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

#include "agent/core/text.h"
#include "harden/waiver.h"

namespace harden {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60;
constexpr std::int64_t kTenYears = 3653 * kDay;
constexpr std::int64_t kFirst = -62167219200;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kLast = 253402300799;   // 9999-12-31T23:59:59Z

// Takes a text apart from its front; once something is missing, all is wrong.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : left_(text) {}

  int digits(std::size_t count) {
    const std::string_view part = left_.substr(0, count);
    good_ = good_ && part.size() == count && std::ranges::all_of(part, is_digit);
    if (!good_) return 0;
    left_.remove_prefix(count);
    return static_cast<int>(text::to_int(part).value_or(0));
  }

  // The next character, which must be one of these.
  char one_of(std::string_view allowed) {
    good_ = good_ && !left_.empty() && allowed.find(left_.front()) != std::string_view::npos;
    if (!good_) return '\0';
    const char found = left_.front();
    left_.remove_prefix(1);
    return found;
  }

  bool starts_with(char c) const { return good_ && left_.starts_with(c); }

  void skip_digits() {
    digits(1);
    while (good_ && !left_.empty() && is_digit(left_.front())) left_.remove_prefix(1);
  }

  bool good() const { return good_; }
  bool at_end() const { return good_ && left_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view left_;
  bool good_ = true;
};

std::optional<sys_days> read_day(Cursor& cursor) {
  const int year = cursor.digits(4);
  cursor.one_of("-");
  const int month = cursor.digits(2);
  cursor.one_of("-");
  const int day = cursor.digits(2);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!cursor.good() || !date.ok()) return std::nullopt;
  return sys_days(date);
}

// "12:00:00"; a fraction of a second is dropped.
std::optional<seconds> read_time(Cursor& cursor) {
  const int hour = cursor.digits(2);
  cursor.one_of(":");
  const int minute = cursor.digits(2);
  cursor.one_of(":");
  const int second = cursor.digits(2);
  if (cursor.starts_with('.')) {
    cursor.one_of(".");
    cursor.skip_digits();
  }
  if (!cursor.good() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return seconds(hour * 3600 + minute * 60 + second);
}

// "Z" or "+02:00": what local time is ahead of UTC.
std::optional<seconds> read_offset(Cursor& cursor) {
  const char sign = cursor.one_of("Zz+-");
  if (!cursor.good()) return std::nullopt;
  if (sign == 'Z' || sign == 'z') return seconds(0);
  const int hours = cursor.digits(2);
  cursor.one_of(":");
  const int minutes = cursor.digits(2);
  if (!cursor.good() || hours > 23 || minutes > 59) return std::nullopt;
  const seconds ahead(hours * 3600 + minutes * 60);
  return sign == '-' ? -ahead : ahead;
}

std::optional<std::int64_t> read_until(std::string_view text) {
  Cursor cursor(text);
  const auto day = read_day(cursor);
  if (!day) return std::nullopt;
  if (cursor.at_end()) return sys_seconds(*day + days(1)).time_since_epoch().count();
  cursor.one_of("Tt ");
  const auto time = read_time(cursor);
  const auto ahead = read_offset(cursor);
  if (!time || !ahead || !cursor.at_end()) return std::nullopt;
  return (sys_seconds(*day) + *time - *ahead).time_since_epoch().count();
}

struct Unit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array<Unit, 5> kUnits{{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', kDay}, {'w', 7 * kDay}}};

std::string day_text(std::int64_t at) {
  const std::chrono::year_month_day date(std::chrono::floor<days>(sys_seconds(seconds(at))));
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string date_time_text(std::int64_t at) {
  if (at < kFirst || at > kLast) return "@" + std::to_string(at);
  const auto of_day = static_cast<int>(((at % kDay) + kDay) % kDay);
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "T%02d:%02d:%02dZ", of_day / 3600, of_day / 60 % 60, of_day % 60);
  return day_text(at) + std::string(text.data(), static_cast<std::size_t>(length));
}

std::string until_text(std::int64_t at) {
  if (at % kDay != 0 || at <= kFirst || at > kLast + 1) return date_time_text(at);
  return day_text(at - 1);
}

std::int64_t wall_clock() {
  return std::chrono::floor<seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

Result<std::int64_t> parse_until(std::string_view text) {
  const auto at = read_until(text);
  if (at && *at >= 0) return *at;
  return fail(Errc::invalid, text::quote(text) +
                                 " is neither a date (2026-12-31) nor a time with its offset "
                                 "(2026-12-31T12:00:00Z) from 1970 on");
}

Result<std::int64_t> parse_duration(std::string_view text) {
  const auto unit = text.empty() ? kUnits.end() : std::ranges::find(kUnits, text.back(), &Unit::letter);
  if (unit == kUnits.end() || text.starts_with('+') || text.starts_with('-')) {
    return fail(Errc::invalid, text::quote(text) + " is no length of time such as 30d, 12h, 5m, 90s or 2w");
  }
  const auto count = text::to_int(text.substr(0, text.size() - 1));
  if (!count || *count < 1) return fail(Errc::invalid, text::quote(text) + " is no length of time such as 30d");
  if (*count > kTenYears / unit->seconds) return fail(Errc::invalid, text::quote(text) + " is longer than ten years");
  return *count * unit->seconds;
}

}  // namespace harden
