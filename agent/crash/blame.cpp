// SPDX-License-Identifier: Apache-2.0
//
// Which function a report is about. The frame that noticed is seldom the one:
// machinery is passed over, a stuck CPU is named by the kind of work it did,
// a hung task by what it waits for.
#include <algorithm>

#include "agent/crash/frame.h"
#include "agent/crash/report.h"

namespace harden::crash {

namespace {

using Lines = std::span<const std::string_view>;

bool contains(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

// Below these, other stacks than the one that failed are shown.
bool ends_stack(std::string_view line) {
  for (const char* what :
       {"Allocated by task", "Freed by task", "The buggy address", "Showing all locks", "Last potentially",
        "Uninit was", "Memory state around", "allocated by task", "freed by task"}) {
    if (contains(line, what)) return true;
  }
  return false;
}

std::string first_to_blame(Lines lines, Skips skips) {
  int seen = 0;
  for (const std::string_view line : lines) {
    if (ends_stack(line) && seen > 0) break;
    if (seen > 10 && contains(line, "Kernel panic - not syncing")) break;
    const auto frame = read_frame(line);
    if (!frame || !frame->reliable) continue;
    ++seen;
    if (!passed_over(frame->place.function, skips)) return frame->place.function;
  }
  return {};
}

std::string acceptable(std::string function, Skips skips) {
  return passed_over(function, skips) ? std::string() : function;
}

std::string named_in_line(std::string_view named, Skips skips) {
  const auto place = read_place(named);
  if (place) return acceptable(place->function, skips);
  const bool plain = !named.empty() && !named.starts_with("0x") && std::ranges::all_of(named, [](char c) {
    return c == '_' || c == '.' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
  return plain ? acceptable(bare_name(named), skips) : std::string();
}

std::string pointed_at(Lines lines, Skips skips) {
  for (const std::string_view line : lines.first(std::min<std::size_t>(lines.size(), 200))) {
    if (const auto place = read_instruction_pointer(line)) return acceptable(place->function, skips);
  }
  return {};
}

// "(&x->lock){+.+.}, at: [<…>] func+0x1/0x2", or "at:" with the function on the next line; what stands
// in stacks between and after them counts too.
std::string first_lock_taker(Lines lines, Skips skips) {
  for (const std::string_view line : lines) {
    const std::size_t at = line.rfind("at: ");
    const auto frame = read_frame(at == std::string_view::npos || at == 0 ? line : line.substr(at + 4));
    if (frame && frame->reliable && !passed_over(frame->place.function, skips)) return frame->place.function;
  }
  return {};
}

Lines from_trace(Lines lines) {
  const auto trace = std::ranges::find_if(lines, begins_trace);
  return lines.subspan(static_cast<std::size_t>(trace - lines.begin()));
}

// The functions of one stack, instruction pointers among them.
using Stack = std::vector<std::string>;

bool begins_stack(std::string_view line) {
  return contains(line, "NMI backtrace for cpu") || contains(line, "Task dump for CPU") ||
         contains(line, "kthread stack dump") || contains(line, "Kernel panic - not syncing");
}

std::vector<Stack> stacks_of(Lines lines) {
  std::vector<Stack> stacks(1);
  bool traced = false;
  for (const std::string_view line : lines) {
    if (begins_stack(line) || (begins_trace(line) && traced)) {
      stacks.emplace_back();
      traced = false;
    }
    traced = traced || begins_trace(line);
    if (const auto place = read_instruction_pointer(line)) stacks.back().push_back(place->function);
    const auto frame = read_frame(line);
    if (frame && frame->reliable) stacks.back().push_back(frame->place.function);
  }
  std::erase_if(stacks, [](const Stack& stack) {
    return stack.empty() || std::ranges::any_of(stack, [](const auto& name) {
             return contains(name, "rcu_gp_kthread") || contains(name, "rcu_gp_fqs");
           });
  });
  return stacks;
}

// What was interrupted: the part of the stack below the interrupt.
std::span<const std::string> below_interrupt(const Stack& stack) {
  const auto interrupt = std::ranges::find_if(stack, timer_interrupt);
  if (interrupt == stack.end()) return {};
  const auto below =
      std::find_if_not(interrupt, stack.end(), [](const std::string& name) { return timer_interrupt(name); });
  return {below, stack.end()};
}

std::string kind_of_work(std::span<const std::string> stack) {
  std::string before;
  for (const std::string& function : stack) {
    if (contains(function, "smp_call_function")) return function;
    if (dispatches(function)) {
      if (!before.empty()) return before;
      if (!passed_over(function, Skips::common)) return function;
      continue;
    }
    if (!passed_over(function, Skips::common)) before = function;
  }
  return before;
}

}  // namespace

std::string blamed_stuck(Lines lines, bool interrupted) {
  for (const Stack& stack : stacks_of(lines)) {
    const bool below = interrupted && std::ranges::any_of(stack, timer_interrupt);
    const auto work = below ? below_interrupt(stack) : std::span<const std::string>(stack);
    if (auto kind = kind_of_work(work); !kind.empty()) return kind;
  }
  return {};
}

std::string blamed_waiting(Lines lines) {
  Stack stack;
  for (const std::string_view line : lines.subspan(std::min<std::size_t>(1, lines.size()))) {
    if (contains(line, "blocked for more than") || ends_stack(line) || begins_stack(line)) break;
    const auto frame = read_frame(line);
    if (frame && frame->reliable) stack.push_back(frame->place.function);
  }
  // All that hang on these two hang for one reason that is not in their stacks.
  for (const std::string& function : stack) {
    if (contains(function, "rtnl_lock")) return "rtnl_lock";
    for (const char* what : {"synchronize_rcu", "synchronize_srcu", "synchronize_net", "synchronize_sched"}) {
      if (contains(function, what)) return "synchronize_rcu";
    }
  }
  const auto guilty = std::ranges::find_if(
      stack, [](const std::string& function) { return !waits(function) && !passed_over(function, Skips::common); });
  return guilty == stack.end() ? std::string() : *guilty;
}

std::string blamed(const Form& form, std::string_view named, Lines lines) {
  std::string function;
  switch (form.blame) {
    case Blame::nowhere: return {};
    case Blame::stuck: return blamed_stuck(lines, true);
    case Blame::busy: return blamed_stuck(lines, false);
    case Blame::waiting: return blamed_waiting(lines);
    case Blame::lock_line: return first_lock_taker(lines, form.skips);
    case Blame::line: function = named_in_line(named, form.skips); break;
    case Blame::warned:
      function = named_in_line(named, form.skips);
      if (function.empty()) function = pointed_at(lines, form.skips);
      break;
    case Blame::pointer: function = pointed_at(lines, form.skips); break;
    case Blame::frames:
    case Blame::trace: break;
  }
  if (!function.empty() || lines.empty()) return function;
  // Frames between the first line and the trace are another stack's.
  if (form.blame != Blame::frames && form.blame != Blame::line)
    function = first_to_blame(from_trace(lines), form.skips);
  if (function.empty()) function = first_to_blame(lines.subspan(1), form.skips);
  return function.empty() && form.type == CrashType::lockdep ? first_lock_taker(lines, form.skips) : function;
}

}  // namespace harden::crash
