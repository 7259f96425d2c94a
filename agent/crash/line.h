// SPDX-License-Identifier: Apache-2.0
//
// One line of a log without what was put around the kernel's message: levels
// ("<4>"), times ("[   12.345678]", "[Thu Nov 26 11:11:11 2026]"), callers
// ("[ T123]", "[ C0]", CONFIG_PRINTK_CALLER), syslog's and journald's
// prefixes, /dev/kmsg's fields, "host login: " of a console.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace harden::crash {

inline constexpr std::int64_t kNoCaller = -1;

struct Line {
  std::string_view text;            // the message; spaces at its beginning kept, at its end dropped
  std::optional<double> time;       // seconds since boot
  bool stamped = false;             // something showed that the kernel wrote it
  std::string_view dated;           // the message with the ISO date and the host before it; empty without
  std::int64_t caller = kNoCaller;  // a task's number, or a CPU's beyond all tasks
};

// `text` of the result points into `raw`, which has no line end in it.
Line read_line(std::string_view raw);

// Whether "name[123]: " shows that a program wrote it.
bool from_program(const Line& line);

// Takes the next message off a line on which several came to stand, because the end of one was lost: before each but
// the first is a time as printk writes it. False at the end; a line without any gives one, be it empty.
bool next_message(std::string_view& rest, std::string_view& one);

// Without NULs, other control characters (tabs are kept) and terminals'
// escape sequences. Only lines that have such need it.
bool needs_cleaning(std::string_view raw);
std::string cleaned(std::string_view raw);

}  // namespace harden::crash
