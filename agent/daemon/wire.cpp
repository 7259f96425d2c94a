// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/wire.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

// One second's date serves every answer of that second.
const std::string& date_now() {
  thread_local std::int64_t second = -1;
  thread_local std::string date;
  if (const auto now = static_cast<std::int64_t>(::time(nullptr)); now != second) {
    second = now;
    date = http_date(now);
  }
  return date;
}

bool is_safe(const std::pair<std::string, std::string>& field) {
  const auto plain = [](unsigned char c) { return c >= 0x20 && c != 0x7f; };
  const auto token = [](unsigned char c) { return c > 0x20 && c < 0x7f && c != ':'; };
  return !field.first.empty() && std::ranges::all_of(field.first, token) && std::ranges::all_of(field.second, plain);
}

}  // namespace

// Written out by hand, because strftime's names are those of the locale.
std::string http_date(std::int64_t time) {
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text.data();
}

void append_head(std::string& out, const Response& response, bool keep_alive) {
  const bool streams = static_cast<bool>(response.stream);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(reason_of(response.status));
  out.append("\r\nServer: hardend/" HARDEN_VERSION "\r\nDate: ").append(date_now()).append("\r\n");
  for (const auto& field : response.headers) {
    if (is_safe(field)) out.append(field.first).append(": ").append(field.second).append("\r\n");
  }
  // 204 and 304 have no body, and 204 must not say a length (RFC 9110 8.6).
  if (!streams && response.status != 204 && response.status != 304) {
    out.append("Content-Length: ").append(std::to_string(response.body ? response.body->size() : 0)).append("\r\n");
  }
  if (!keep_alive || streams) out.append("Connection: close\r\n");
  out.append("\r\n");
}

}  // namespace harden::daemon
