// SPDX-License-Identifier: Apache-2.0
#include "agent/crash/line.h"

#include <algorithm>
#include <charconv>

namespace harden::crash {

namespace {

constexpr std::size_t kStampWithin = 200;  // how far into a line a time may begin

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && digit(text[end])) ++end;
  return end - at;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

void skip_spaces(std::string_view& text) {
  while (skip(text, ' ')) {}
}

// "[   12.345678]" or dmesg's "[  +0.000012]" at the beginning.
bool take_time(std::string_view& text, Line& line) {
  std::string_view rest = text;
  if (!skip(rest, '[')) return false;
  skip_spaces(rest);
  const bool relative = skip(rest, '+');
  const std::size_t whole = digits_at(rest, 0);
  if (whole == 0 || whole > 12 || whole >= rest.size() || rest[whole] != '.') return false;
  const std::size_t part = digits_at(rest, whole + 1);
  const std::size_t end = whole + 1 + part;
  if (part > 9 || end >= rest.size() || rest[end] != ']') return false;
  double value = 0;
  const auto digits = rest.substr(0, end);
  std::from_chars(digits.begin(), digits.end(), value);
  if (!relative && !line.time) line.time = value;
  text = rest.substr(end + 1);
  return true;
}

// "[ T123]", "[    C0]"; a CPU is numbered beyond every task.
bool take_caller(std::string_view& text, Line& line) {
  std::string_view rest = text;
  if (!skip(rest, '[')) return false;
  skip_spaces(rest);
  if (rest.size() < 3 || (rest[0] != 'T' && rest[0] != 'C')) return false;
  const std::size_t length = digits_at(rest, 1);
  if (length == 0 || length > 10 || length + 1 >= rest.size() || rest[length + 1] != ']') return false;
  std::int64_t number = 0;
  std::from_chars(rest.data() + 1, rest.data() + 1 + length, number);
  line.caller = rest[0] == 'C' ? number + (std::int64_t{1} << 40) : number;
  text = rest.substr(length + 2);
  return true;
}

// "<4>", and "<28>" with syslog's facility.
bool take_level(std::string_view& text) {
  const std::size_t length = text.starts_with('<') ? digits_at(text, 1) : 0;
  if (length == 0 || length > 3 || length + 1 >= text.size() || text[length + 1] != '>') return false;
  text.remove_prefix(length + 2);
  if (text.starts_with(" [")) text.remove_prefix(1);
  return true;
}

// "11:11", of hours and minutes, rather than part of an address.
bool holds_clock(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2 || digits_at(text, colon - 2) < 2) return false;
  const bool begins = colon == 2 || text[colon - 3] == 'T' || !(digit(text[colon - 3]) || letter(text[colon - 3]));
  return begins && digits_at(text, colon + 1) == 2;
}

// "[Thu Nov 26 11:11:11 2026] " and "[Nov26 11:11] ", as dmesg -T and -H write; "[2026-11-26 11:11:11.123] " and
// "[11:11:11:123] ", as programs do that record a serial line. A space after them is theirs.
bool take_date(std::string_view& text) {
  constexpr std::string_view kMarks = " :.,/-+";
  if (text.size() < 10 || text[0] != '[') return false;
  const std::size_t close = text.substr(0, 40).find(']');
  if (close == std::string_view::npos || close < 9) return false;
  const std::string_view inside = text.substr(1, close - 1);
  const bool plain = std::ranges::all_of(
      inside, [&](char c) { return digit(c) || letter(c) || kMarks.find(c) != std::string_view::npos; });
  if (!plain || !holds_clock(inside)) return false;
  text.remove_prefix(close + 1);
  if (text.starts_with(" [") || text.starts_with(" <")) text.remove_prefix(1);
  return true;
}

// "c1   1042 ", CPU and task, behind the time.
bool take_task(std::string_view& text) {
  std::string_view rest = text;
  if (!skip(rest, 'c') || digits_at(rest, 0) == 0 || digits_at(rest, 0) > 3) return false;
  rest.remove_prefix(digits_at(rest, 0));
  const std::size_t spaces = rest.find_first_not_of(' ');
  if (spaces == std::string_view::npos || spaces == 0 || digits_at(rest, spaces) == 0) return false;
  rest.remove_prefix(spaces + digits_at(rest, spaces));
  if (!rest.starts_with(' ')) return false;
  text = rest;
  return true;
}

// "[pid:1,cpu0,swapper/0]", " (0)[1:swapper/0]", " c0      1" and "@0" behind the time, of kernels for some ARM boards.
bool take_board_caller(std::string_view& text) {
  std::string_view rest = text;
  if (rest.starts_with('@') && digits_at(rest, 1) > 0) {
    rest.remove_prefix(1 + digits_at(rest, 1));
    if (!rest.empty() && rest.front() != ' ') return false;
    text = rest;
    return true;
  }
  skip_spaces(rest);
  if (take_task(rest)) {
    text = rest;
    return true;
  }
  skip(rest, '-');
  const bool numbered = rest.size() > 3 && rest[0] == '(' && digit(rest[1]) && rest[2] == ')';
  if (numbered) rest.remove_prefix(3);
  const std::size_t close = rest.substr(0, 48).find(']');
  if (!rest.starts_with('[') || close == std::string_view::npos) return false;
  const std::string_view inside = rest.substr(1, close - 1);
  const bool named = inside.starts_with("pid:") && inside.find(",cpu") != std::string_view::npos;
  if (!named && !(numbered && digits_at(inside, 0) > 0 && inside.find(':') != std::string_view::npos)) return false;
  text = rest.substr(close + 1);
  return true;
}

// "6,1234,98765432,-;" of /dev/kmsg: level, sequence, microseconds, flags.
bool take_kmsg_fields(std::string_view& text, Line& line) {
  const std::size_t level = digits_at(text, 0);
  if (level == 0 || level > 5 || level >= text.size() || text[level] != ',') return false;
  const std::size_t sequence = digits_at(text, level + 1);
  const std::size_t time = level + 2 + sequence;
  if (sequence == 0 || time >= text.size() || text[time - 1] != ',') return false;
  const std::size_t length = digits_at(text, time);
  const std::size_t semicolon = text.substr(0, kStampWithin).find(';', time);
  if (length == 0 || length > 18 || semicolon == std::string_view::npos) return false;
  if (time + length >= text.size() || text[time + length] != ',') return false;
  std::int64_t microseconds = 0;
  std::from_chars(text.data() + time, text.data() + time + length, microseconds);
  line.time = static_cast<double>(microseconds) / 1e6;
  const std::string_view flags = text.substr(time + length, semicolon - time - length);
  if (const std::size_t at = flags.find("caller="); at != std::string_view::npos) {
    const std::string bracketed = "[" + std::string(flags.substr(at + 7)) + "]";
    std::string_view caller = bracketed;
    take_caller(caller, line);
  }
  text.remove_prefix(semicolon + 1);
  return true;
}

// Where "[ 12.345678]" begins, in a line that has something before it.
std::size_t find_time(std::string_view text) {
  const std::string_view head = text.substr(0, kStampWithin);
  for (std::size_t at = head.find('['); at != std::string_view::npos; at = head.find('[', at + 1)) {
    std::string_view rest = text.substr(at);
    Line ignored;
    if (take_time(rest, ignored) && ignored.time) return at;
  }
  return std::string_view::npos;
}

// Where printk's own stamp begins, "[   12.345678]" with all its digits, anywhere in the text.
std::size_t find_stamp(std::string_view text) {
  constexpr std::size_t kShortest = 14;  // of it
  for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
    const std::size_t close = text.find(']', at);
    if (close == std::string_view::npos) return close;
    std::string_view rest = text.substr(at, close + 1 - at);
    Line ignored;
    const bool exact = rest.size() >= kShortest && rest.size() < 2 * kShortest && rest[rest.size() - 8] == '.';
    if (exact && take_time(rest, ignored) && ignored.time) return at;
  }
  return std::string_view::npos;
}

// "Nov 26 11:11:11 host kernel: ", "2026-11-26T11:11:11.123+0000 host kernel[0]: ", "kern  :warn  : ".
bool take_syslog(std::string_view& text) {
  const std::string_view head = text.substr(0, kStampWithin);
  const std::size_t at = head.find("kernel");
  if (at != std::string_view::npos && (at == 0 || head[at - 1] == ' ')) {
    std::string_view rest = text.substr(at + 6);
    if (skip(rest, '[')) {
      rest.remove_prefix(std::min(digits_at(rest, 0), rest.size()));
      if (!skip(rest, ']')) return false;
    }
    // A message about the kernel is no prefix: a date or a host stands before one.
    const std::string_view before = head.substr(0, at);
    if (skip(rest, ':') && (at == 0 || before.find(':') != std::string_view::npos)) {
      skip(rest, ' ');
      text = rest;
      return true;
    }
  }
  if (head.starts_with("kern") && head.size() > 16 && head[6] == ':') {
    const std::size_t colon = head.find(": ", 7);
    if (colon == std::string_view::npos || colon > 18) return false;
    text.remove_prefix(colon + 2);
    return true;
  }
  return false;
}

// "sshd[123]: " behind a date and a host, or written into the kernel's log by the program itself.
bool names_program(std::string_view text) {
  constexpr std::string_view kMarks = "_-./@";
  const std::string_view head = text.substr(0, kStampWithin);
  const std::size_t end = head.find("]: ");
  const std::size_t open = end == std::string_view::npos ? end : head.substr(0, end).rfind('[');
  if (open == std::string_view::npos || open == 0 || digits_at(head, open + 1) != end - open - 1) return false;
  if (end == open + 1) return false;
  std::size_t begin = open;
  while (begin > 0 &&
         (digit(head[begin - 1]) || letter(head[begin - 1]) || kMarks.find(head[begin - 1]) != std::string_view::npos))
    --begin;
  if (begin == open) return false;
  const std::string_view before = head.substr(0, begin);
  if (before.empty()) return true;
  // A time, a host, and OpenWrt's year or BusyBox's level.
  const auto words = std::ranges::count(before.substr(before.rfind(':') + 1), ' ');
  return before.back() == ' ' && words <= 3 && holds_clock(before);
}

// "2026-11-26T11:11:11,123456+00:00 " of dmesg --time-format=iso.
bool take_iso(std::string_view& text) {
  if (text.size() < 20 || digits_at(text, 0) != 4 || text[4] != '-' || text[10] != 'T') return false;
  const std::size_t space = text.substr(0, 40).find(' ');
  if (space == std::string_view::npos) return false;
  text.remove_prefix(space + 1);
  return true;
}

// "Mar 31 19:38:20 host 4,1413,238140695,-;…": netconsole's extended form behind a syslog's date.
bool take_remote(std::string_view& text, Line& line) {
  const std::size_t semicolon = text.substr(0, kStampWithin).find(';');
  if (semicolon == std::string_view::npos) return false;
  const std::size_t space = text.substr(0, semicolon).rfind(' ');
  if (space == std::string_view::npos) return false;
  std::string_view rest = text.substr(space + 1);
  if (!take_kmsg_fields(rest, line)) return false;
  text = rest;
  return true;
}

// What a person put before a line: a mail's "> ", and an indentation where the line's time follows.
void skip_quoting(std::string_view& text) {
  while (text.starts_with('>')) {
    text.remove_prefix(1);
    if (text.starts_with(" ")) text.remove_prefix(1);
  }
  if (!text.starts_with(' ') && !text.starts_with('\t') && !text.starts_with('|')) return;
  const std::size_t at = text.find_first_not_of(" \t>|");
  if (at == 0 || at > 16 || (text[at] != '[' && text[at] != '<')) return;
  std::string_view rest = text.substr(at);
  Line ignored;
  if (take_level(rest) || take_time(rest, ignored) || take_date(rest)) text.remove_prefix(at);
}

// Everything after the time: callers, and the times printk puts into the
// middle of what was continued ("<IRQ> [  168.31]  dump_stack+0xc1/0x128").
void take_rest(std::string_view& text, Line& line) {
  std::string_view rest = text;
  skip_spaces(rest);
  if (take_caller(rest, line)) text = rest;
  take_board_caller(text);
  skip(text, ' ');
  if (text.starts_with("<IRQ>") || text.starts_with(" <IRQ>") || text.starts_with(" <EOI>")) {
    const std::size_t at = find_time(text);
    if (at == std::string_view::npos) return;
    text.remove_prefix(at);
    take_time(text, line);
  }
}

}  // namespace

Line read_line(std::string_view raw) {
  Line line;
  while (!raw.empty() && (raw.back() == '\r' || raw.back() == ' ' || raw.back() == '\t')) raw.remove_suffix(1);
  std::string_view text = raw;
  if (text.starts_with("** ")) {
    const std::size_t stars = text.substr(0, 80).find("** ", 3);
    if (stars != std::string_view::npos) text.remove_prefix(stars + 3);
  }
  skip_quoting(text);
  for (bool more = true; more;) {
    more = take_level(text) || take_kmsg_fields(text, line) || take_date(text);
    line.stamped = line.stamped || more;
  }
  if (take_syslog(text)) line.stamped = true;
  if (take_remote(text, line)) line.stamped = true;
  const std::string_view dated = text;
  if (take_iso(text)) {
    line.stamped = true;
    line.dated = dated;
  }
  take_level(text);
  if (take_time(text, line) || take_caller(text, line)) {  // a caller alone: printk.time=0
    line.stamped = true;
  } else if (const std::size_t at = find_time(text); at != std::string_view::npos && !text.starts_with(' ')) {
    text.remove_prefix(at);
    line.stamped = take_time(text, line);
  }
  if (line.stamped) take_rest(text, line);
  line.text = text;
  return line;
}

bool from_program(const Line& line) { return names_program(line.text) || names_program(line.dated); }

bool next_message(std::string_view& rest, std::string_view& one) {
  if (rest.data() == nullptr) return false;
  one = rest;
  std::string_view message = rest;
  const std::size_t first = find_time(message);
  message.remove_prefix(first == std::string_view::npos ? message.size()
                                                        : std::min(message.find(']', first), message.size()));
  const std::size_t second = find_stamp(message);
  rest = {};
  if (second == std::string_view::npos) return true;
  const auto length = static_cast<std::size_t>(message.data() - one.data()) + second;
  rest = one.substr(length);
  one = one.substr(0, length);
  return true;
}

bool needs_cleaning(std::string_view raw) {
  return std::ranges::any_of(raw, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
}

std::string cleaned(std::string_view raw) {
  std::string out;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    if (raw[at] == '\x1b' && at + 1 < raw.size() && raw[at + 1] == '[') {
      at += 2;
      while (at < raw.size() && static_cast<unsigned char>(raw[at]) < 0x40) ++at;  // parameters, up to the final byte
      continue;
    }
    if (static_cast<unsigned char>(raw[at]) >= 0x20 || raw[at] == '\t') out += raw[at];
  }
  return out;
}

}  // namespace harden::crash
