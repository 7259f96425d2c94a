// SPDX-License-Identifier: Apache-2.0
//
// Whether a report is all there. Its title may be right all the same: what is
// said here is that somebody should look at the text before believing it.
#include <algorithm>

#include "agent/crash/frame.h"
#include "agent/crash/report.h"

namespace harden::crash {

namespace {

using Lines = std::span<const std::string_view>;

constexpr std::size_t kLinesToFrame = 15;  // after the head of a stack, registers among them

bool contains(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

bool heads_stack(std::string_view line) {
  if (begins_trace(line)) return !contains(line, "stack backtrace:");  // its own head comes after
  if (contains(line, "Allocated by task ") || contains(line, "Freed by task ")) return line.ends_with(':');
  return contains(line, "  backtrace:") || contains(line, "  backtrace (crc ");
}

bool names_frame(std::string_view line) { return read_frame(line).has_value(); }

bool shows_frames(Lines after) {
  for (const std::string_view line : after.first(std::min(after.size(), kLinesToFrame))) {
    if (names_frame(line) || contains(line, "(stack is not available)")) return true;
    if (heads_stack(line)) return false;
  }
  return false;
}

// A frame beyond the machinery that every report of the kind begins with.
bool tells_more(std::string_view line, Skips skips) {
  const auto frame = read_frame(line);
  return frame && !passed_over(frame->place.function, skips);
}

bool only_doubtful(Lines lines) {
  bool any = false;
  for (const std::string_view line : lines) {
    const auto frame = read_frame(line);
    if (frame && frame->reliable) return false;
    any = any || frame;
  }
  return any;
}

}  // namespace

bool sure_of_none(Lines lines) { return !lines.empty() && only_doubtful(lines.subspan(1)); }

std::string why_not_whole(const Form& form, Lines lines) {
  if (form.partial) return "what the kernel says before or after this line is missing";
  if (form.blame == Blame::nowhere || form.blame == Blame::named || lines.empty()) return {};
  const Lines after = lines.subspan(1);
  if (only_doubtful(after)) return "the kernel was sure of no frame of its stack";
  const auto tells = [&](std::string_view line) { return tells_more(line, form.skips); };
  // Lockdep shows no stack where a lock is taken along to a program: it has come to its end.
  const bool needs_stack = !contains(lines.front(), "returning to user space");
  if (needs_stack && std::ranges::none_of(after, tells)) return "its stack is missing, or cut off";
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (heads_stack(after[i]) && !shows_frames(after.subspan(i + 1))) return "one of its stacks is missing";
  }
  return {};
}

}  // namespace harden::crash
