// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/kmsg.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/core/text.h"

namespace harden {
namespace {

constexpr std::size_t kMostFields = 64;

// Whether the whole text is a number that fits.
bool read_number(std::string_view text, std::uint64_t& value) {
  if (text.empty() || text.size() > 20) return false;
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return false;
    value = value * 10 + digit;
  }
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      const int high = hex_digit(text[i + 2]);
      const int low = hex_digit(text[i + 3]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 3;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

Result<KmsgRecord> parse_prefix(std::string_view prefix) {
  const auto parts = text::split(prefix, ',');
  std::uint64_t priority = 0;
  std::uint64_t time = 0;
  KmsgRecord record;
  const bool good = parts.size() >= 3 && read_number(parts[0], priority) && read_number(parts[1], record.sequence) &&
                    read_number(parts[2], time);
  if (!good || priority > 0xffff || time > INT64_MAX) {
    return fail(Errc::malformed, "not a record of /dev/kmsg", "/dev/kmsg");
  }
  record.level = static_cast<int>(priority & 7);
  record.facility = static_cast<int>(priority >> 3);
  record.microseconds = static_cast<std::int64_t>(time);
  for (std::size_t i = 3; i < parts.size(); ++i) {
    if (parts[i] == "c") record.fragment = true;
    if (parts[i].starts_with("caller=")) record.caller = parts[i].substr(7);
  }
  return record;
}

}  // namespace

Result<KmsgRecord> parse_kmsg(std::string_view record) {
  const auto end = record.find(';');
  if (end == std::string_view::npos) return fail(Errc::malformed, "not a record of /dev/kmsg", "/dev/kmsg");
  auto parsed = parse_prefix(record.substr(0, end));
  if (!parsed) return parsed;
  const auto lines = text::lines(record.substr(end + 1));
  if (!lines.empty()) parsed->text = unescaped(lines[0]);
  for (std::size_t i = 1; i < lines.size() && parsed->fields.size() < kMostFields; ++i) {
    const auto sign = lines[i].find('=');
    if (!lines[i].starts_with(' ') || sign == std::string_view::npos) continue;
    parsed->fields.emplace_back(lines[i].substr(1, sign - 1), unescaped(lines[i].substr(sign + 1)));
  }
  return parsed;
}

std::string kmsg_line(const KmsgRecord& record) {
  std::array<char, 64> time{};
  std::snprintf(time.data(), time.size(), "[%5lld.%06lld] ", static_cast<long long>(record.microseconds / 1'000'000),
                static_cast<long long>(record.microseconds % 1'000'000));
  std::string prefix = time.data();
  if (!record.caller.empty()) {
    const std::size_t width = 6;
    prefix += "[" + std::string(width - std::min(width, record.caller.size()), ' ') + record.caller + "] ";
  }
  std::string out;
  for (const std::string_view line : text::split(record.text, '\n')) {
    out += prefix;
    out += line;
    out += '\n';
  }
  return out;
}

// A number that is not higher than the last is no gap: a reader that seeks
// back gets records again.
std::uint64_t KmsgSequence::lost_before(const KmsgRecord& record) {
  const std::uint64_t missing = begun_ && record.sequence > next_ ? record.sequence - next_ : 0;
  begun_ = true;
  next_ = record.sequence + 1;
  lost_ += missing;
  return missing;
}

}  // namespace harden
