// SPDX-License-Identifier: Apache-2.0
#include "agent/core/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace harden::text {
namespace {

constexpr std::string_view kWhite = " \t\n\r\f\v";

// One code point decoded from the front of `bytes`; length 0: not UTF-8.
struct Decoded {
  char32_t point = 0;
  std::size_t length = 0;
};

Decoded decode(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : (lead >= 0xe0 ? 3 : 2);
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < length) return {};
  char32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xc0U) != 0x80) return {};
    point = (point << 6U) | (next & 0x3fU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  if (overlong || surrogate || point > 0x10ffff) return {};
  return {point, length};
}

// What moves the cursor, changes the direction of writing or cannot be seen.
bool is_hostile(char32_t point) {
  if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return true;
  if (point == 0xad || point == 0x61c || point == 0xfeff) return true;
  if (point >= 0x200b && point <= 0x200f) return true;
  return (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point >= 0xe0000;
}

template <typename... Args>
std::string formatted(const char* format, Args... args) {
  char buffer[32];
  const int length = std::snprintf(buffer, sizeof buffer, format, args...);
  return {buffer, static_cast<std::size_t>(length)};
}

std::string escaped(char32_t point) {
  switch (point) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  if (point < 0x100) return formatted("\\x%02x", static_cast<unsigned>(point));
  return formatted(point < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(point));
}

// The length of what stands at the front and needs no second look.
std::size_t plain_run(std::string_view text, bool quoted) {
  const auto odd = std::ranges::find_if(
      text, [quoted](char byte) { return byte < 0x20 || byte == 0x7f || (quoted && (byte == '"' || byte == '\\')); });
  return static_cast<std::size_t>(odd - text.begin());
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (;;) {
    const std::size_t run = plain_run(text, quoted);
    out.append(text, 0, run);
    text.remove_prefix(run);
    if (text.empty()) return;
    const Decoded next = decode(text);
    const std::size_t length = std::max<std::size_t>(next.length, 1);
    if (next.length == 0) {
      out += formatted("\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(text.front())));
    } else if (is_hostile(next.point)) {
      out += escaped(next.point);
    } else {
      if (quoted && (next.point == '"' || next.point == '\\')) out += '\\';
      out.append(text, 0, length);
    }
    text.remove_prefix(length);
  }
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhite) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto first = text.find_first_not_of(kWhite);
    if (first == std::string_view::npos) return parts;
    text.remove_prefix(first);
    const auto last = std::min(text.find_first_of(kWhite), text.size());
    parts.push_back(text.substr(0, last));
    text.remove_prefix(last);
  }
}

std::string folded(std::string_view text) {
  std::string out;
  for (const std::string_view word : words(text)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    parts.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::optional<std::int64_t> to_int(std::string_view text) {
  // from_chars knows no '+', and would take a '-' that stands behind one.
  if (text.starts_with('+')) text.remove_prefix(text.starts_with("+-") ? 0 : 1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> to_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string number(double value) {
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, result.ptr);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool is_utf8(std::string_view bytes) {
  while (true) {
    const auto other = std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    bytes.remove_prefix(static_cast<std::size_t>(other - bytes.begin()));
    if (bytes.empty()) return true;
    const std::size_t length = decode(bytes).length;
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
}

std::string printable(std::string_view text) {
  std::string out;
  append_escaped(out, text, false);
  return out;
}

void append_printable(std::string& out, std::string_view text) { append_escaped(out, text, false); }

std::string quote(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text, true);
  return out + '"';
}

std::string quote_bytes(std::string_view bytes) {
  std::string out = "\"";
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code >= 0x7f) {
      out += formatted("\\x%02x", static_cast<unsigned>(code));
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out += byte;
    }
  }
  return out + '"';
}

std::string underscored(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '-', '_');
  return out;
}

std::string separators_swapped(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = c == '.' ? '/' : (c == '/' ? '.' : c);
  return out;
}

}  // namespace harden::text
