// SPDX-License-Identifier: Apache-2.0
//
// Which function a report is about. The frame that noticed is seldom the one:
// machinery is passed over, a stuck CPU is named by the kind of work it did, a
// hung task by what it waits for. Each form says in which order its lines are
// walked; what is written here follows syzkaller's titles.
#include <algorithm>

#include "agent/crash/frame.h"
#include "agent/crash/report.h"

namespace harden::crash {

namespace {

using Lines = std::span<const std::string_view>;
using Names = std::vector<std::string>;

// A panic that a report led to shows the same stack again; before this many
// lines it may be the only stack.
constexpr std::size_t kLinesBeforePanic = 22;
constexpr std::size_t kLinesBeforePanicShort = 16;  // of KMSAN, whose reports have fewer

bool contains(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// A frame the kernel is not sure of: what an earlier call left on the stack.
bool doubtful(std::string_view line) { return contains(line.substr(0, 40), " ? "); }

// Where a call trace begins, as the kernel heads them.
bool heads_trace(std::string_view line) {
  if (!contains(line, "race:")) return line.ends_with(":mon> t");
  return contains(line, "Call Trace:") || contains(line, "Call trace:") || contains(line, "Backtrace:") ||
         contains(line, "Stack Trace:");
}

// Where one stack ends, because another begins.
bool begins_stack(std::string_view line) {
  if (contains(line, "Call Trace") || contains(line, "Call trace") || contains(line, "Backtrace:")) return true;
  // RISC-V's registers end in a word of the same name.
  if (contains(line, "Uninit was stored to memory at")) return true;
  if (contains(line, " badaddr: ")) return !contains(line, "status: ");
  if (contains(line, "Allocated:") || contains(line, "Freed:")) return true;
  if (contains(line, "Allocated by task ") || contains(line, "Freed by task ")) return line.ends_with(':');
  return (contains(line, " backtrace:") || contains(line, " backtrace (crc ")) && !contains(line, "stack backtrace");
}

// KMSAN's: where a value came from.
bool tells_origin(std::string_view line) {
  return contains(line, "Uninit was created at:") ||
         (contains(line, "ocal variable ") && contains(line, " created at:"));
}

// 32-bit ARM names both ends of a call: "[<…>] (callee) from [<…>] (caller+0x…)", each with " [module]" behind it.
std::string_view callee_of(std::string_view line) {
  const std::size_t end = line.find(") from [<");
  const std::size_t begin = line.find('(');
  if (end == std::string_view::npos || begin >= end) return {};
  std::string_view name = line.substr(begin + 1, end - begin - 1);
  if (name.ends_with(']')) name = name.substr(0, name.find(" ["));
  return contains(name, " ") ? std::string_view() : name;
}

// Where fault injection was told to make a call fail: a stack with it is that trace, not the report's.
bool injects_fault(std::string_view function) { return function.starts_with("should_fail"); }

// The functions that a line of a stack names, those that are sure and not inlined.
Names named_in(std::string_view line) {
  Names names;
  const std::string_view text = trimmed(line);
  const bool marked = text.starts_with('<') || text.starts_with("? ");
  const auto frame = marked ? std::nullopt : read_frame(line);
  if (!frame || !frame->reliable || frame->inlined) return names;
  if (const auto callee = callee_of(line); !callee.empty()) names.push_back(bare_name(callee));
  names.push_back(frame->place.function);
  return names;
}

// "(&x->lock){+.+.}, at: [<…>] func+0x1/0x2": the function that took a lock.
std::string lock_taker(std::string_view line) {
  const std::size_t at = line.find("at: ");
  const auto frame = at == std::string_view::npos ? std::nullopt : read_frame(line.substr(at + 4));
  return frame && !frame->inlined ? frame->place.function : std::string();
}

// A walk down the lines of a report that collects functions.
class Walk {
 public:
  enum class Wanted : std::uint8_t { first, all };
  Walk(Lines lines, Skips skips, Wanted wanted = Wanted::first) : lines_(lines), skips_(skips), wanted_(wanted) {}

  const Names& names() const { return names_; }
  std::string first() const { return names_.empty() ? std::string() : names_.front(); }
  void take(const std::string& name) {
    if (!name.empty() && !passed_over(name, skips_)) names_.push_back(name);
  }

  // On to the line after the first that is meant; to the end where none is.
  template <typename Meant>
  bool past(Meant meant) {
    const auto found = std::ranges::find_if(lines_, meant);
    if (found == lines_.end()) {
      lines_ = {};
      return false;
    }
    lines_ = lines_.subspan(static_cast<std::size_t>(found - lines_.begin()) + 1);
    return true;
  }
  bool past_words(std::string_view words) {
    return past([&](std::string_view line) { return contains(line, words); });
  }
  bool past_trace_head() { return past(heads_trace); }
  // To where the frames begin: RISC-V and older 32-bit ARM print them without a head.
  void past_any_trace_head() {
    const Lines all = lines_;
    if (!past_trace_head()) lines_ = all;
  }

  // Past the line with the instruction pointer, whose function counts unless it is a program's.
  bool past_pointer() {
    return past_place([](std::string_view line) { return read_instruction_pointer(line); });
  }
  // Or with the place of the trap, as PowerPC shows it within the trace.
  bool past_trap() {
    return past_place([](std::string_view line) {
      const std::size_t at = contains(line, "--- interrupt: ") ? line.find(" at ") : std::string_view::npos;
      return at == std::string_view::npos ? read_instruction_pointer(line) : read_place(line.substr(at + 4));
    });
  }

  template <typename Read>
  bool past_place(Read read) {
    std::optional<CodePlace> place;
    const bool found = past([&](std::string_view line) {
      // Decoded, the line stands once for each function inlined there; the last is the one that was called.
      place = line.ends_with("[inline]") ? std::nullopt : read(line);
      return place || says_instruction_pointer(line);
    });
    if (place) take(place->function);
    return found;
  }

  bool past_lock_taker() {
    std::string name;
    const bool found = past([&](std::string_view line) { return !(name = lock_taker(line)).empty(); });
    take(name);
    return found;
  }

  // The functions up to where another stack begins.
  void stack() {
    while (!lines_.empty() && (wanted_ == Wanted::all || names_.empty())) {
      const std::string_view line = lines_.front();
      lines_ = lines_.subspan(1);
      const Names names = named_in(line);
      if (names.empty() && (begins_stack(line) || tells_origin(line))) return;
      for (const std::string& name : names) take(name);
    }
  }

 private:
  Lines lines_;
  Skips skips_;
  Wanted wanted_;
  Names names_;
};

// The kind of work: what stands above the first function that dispatches any work; "" where none does.
std::string kind_of_work(const Names& names) {
  std::string before = names.empty() ? std::string() : names.front();
  for (const std::string& name : names) {
    if (contains(name, "smp_call_function")) return name;
    if (dispatches(common_name(name))) return before;
    before = name;
  }
  return {};
}

std::string of_trace(Lines lines, Skips skips, const std::string& first = {}) {
  Walk walk(lines, skips);
  walk.take(first);
  if (walk.past_trace_head()) walk.stack();
  return walk.first();
}

std::string of_pointer(Lines lines, Skips skips) {
  Walk walk(lines, skips);
  if (!walk.past_pointer()) return {};
  if (walk.names().empty() && walk.past_trace_head()) walk.stack();
  return walk.first();
}

// A warning traps since 4.11 on x86, so that the trace is another's; before, and elsewhere, the trace alone tells.
std::string of_warning(Lines lines, Skips skips) {
  Walk trap(lines, skips);
  if (trap.past_trap()) trap.stack();
  return trap.names().empty() ? of_trace(lines, skips) : trap.first();
}

std::string of_busy(Lines lines, Skips skips, bool with_pointer) {
  Walk walk(lines, skips, Walk::Wanted::all);
  if (with_pointer && !walk.past_pointer()) walk = Walk(lines, skips, Walk::Wanted::all);
  walk.past_any_trace_head();
  walk.stack();
  return kind_of_work(walk.names());
}

std::string of_stall(Lines lines) {
  Walk pointed(lines, Skips::stalled, Walk::Wanted::all);
  if (pointed.past_words("apic_timer_interrupt") && pointed.past_pointer()) pointed.stack();
  if (auto kind = kind_of_work(pointed.names()); !kind.empty()) return kind;
  Walk below(lines, Skips::stalled, Walk::Wanted::all);
  if (below.past(interrupts)) below.stack();
  return kind_of_work(below.names());
}

// What any of the stacks was busy with, the first that tells. One that only waits, as RCU's own thread does, was not.
std::string of_any_stack(Lines lines) {
  for (Walk walk(lines, Skips::stalled, Walk::Wanted::all); walk.past_trace_head();) {
    Walk one = walk;
    one.stack();
    if (auto kind = kind_of_work(one.names()); !kind.empty() && !waits(kind)) return kind;
  }
  return {};
}

std::string of_waiting(Lines lines, Skips skips) {
  Walk walk(lines, skips, Walk::Wanted::all);
  if (!walk.past_trace_head()) walk = Walk(lines.subspan(1), skips, Walk::Wanted::all);
  walk.stack();
  // All that hang on these hang for one reason that is not in their stacks.
  for (const std::string& name : walk.names()) {
    if (contains(name, "rtnl_lock")) return name;
    for (const char* what : {"synchronize_rcu", "synchronize_srcu", "synchronize_net", "synchronize_sched"}) {
      if (contains(name, what)) return "synchronize_rcu";
    }
  }
  const auto guilty = std::ranges::find_if_not(walk.names(), [](const std::string& name) { return waits(name); });
  return guilty == walk.names().end() ? std::string() : *guilty;
}

// The first function that took a lock, whichever it is; where `any`, one that a line shows by its address too.
std::string of_lock(Lines lines, bool any) {
  for (const std::string_view line : lines.subspan(1)) {
    if (auto name = lock_taker(line); !name.empty()) return name;
    if (const auto names = named_in(line); any && !names.empty()) return names.front();
  }
  return {};
}

std::string of_deadlock(Lines lines, Skips skips) {
  Walk walk(lines, skips);
  if (walk.past_lock_taker() && walk.past_lock_taker()) walk.stack();
  return walk.first();
}

std::string of_unlock(Lines lines, Skips skips) {
  const auto released =
      std::ranges::find_if(lines, [](std::string_view line) { return contains(line, "is trying to release lock"); });
  Walk walk(lines, skips);
  walk.take(of_lock(released == lines.end() ? lines : Lines(released, lines.end()), true));
  if (walk.past_trace_head()) walk.stack();
  return walk.first();
}

std::string below(Lines lines, Skips skips, std::string_view words) {
  Walk walk(lines, skips);
  if (walk.past_words(words)) walk.stack();
  return walk.first();
}

std::string directly(Lines lines, Skips skips) {
  Walk walk(lines.subspan(1), skips);
  walk.stack();
  return walk.first();
}

std::string function_named(std::string_view named) {
  if (const auto place = read_place(named)) return place->function;
  const bool plain = !named.empty() && !named.starts_with("0x") && std::ranges::all_of(named, [](char c) {
    return c == '_' || c == '.' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
  return plain ? bare_name(named) : std::string();
}

// The part before the panic that the report led to, without frames that are not sure.
Names::size_type end_of_report(const std::vector<std::string_view>& lines) {
  if (lines.empty()) return 0;
  const std::size_t least = contains(lines.front(), "KMSAN") ? kLinesBeforePanicShort : kLinesBeforePanic;
  for (std::size_t i = least; i < lines.size(); ++i) {
    if (contains(lines[i], "Kernel panic - not syncing") || contains(lines[i], "possible circular locking dependency"))
      return i;
  }
  return lines.size();
}

std::string by_form(const Form& form, std::string_view named, Lines lines) {
  std::string function = function_named(named);
  switch (form.blame) {
    case Blame::nowhere: return {};
    case Blame::named: return function;
    case Blame::line: return of_trace(lines, form.skips, function);
    case Blame::directly: {
      if (!function.empty() && !passed_over(function, form.skips)) return function;
      return directly(lines, form.skips);
    }
    case Blame::origin: return directly(lines, form.skips);
    case Blame::trace: return of_trace(lines, form.skips);
    case Blame::pointer: return of_pointer(lines, form.skips);
    case Blame::warned: return of_warning(lines, form.skips);
    case Blame::lock: return of_lock(lines, false);
    case Blame::trace_or_lock: {
      auto first = of_trace(lines, form.skips);
      return first.empty() ? of_lock(lines, false) : first;
    }
    case Blame::lock_or_frame: return of_lock(lines, true);
    case Blame::two_locks: return of_deadlock(lines, form.skips);
    case Blame::unlock: return of_unlock(lines, form.skips);
    case Blame::which_became: return below(lines, form.skips, "which became ");
    case Blame::allocated: return below(lines, form.skips, "page last allocated");
    case Blame::backtrace: return below(lines, form.skips, "backtrace");
    case Blame::stuck: return of_stall(lines);
    case Blame::busy: return of_busy(lines, form.skips, true);
    case Blame::kind: return of_busy(lines, form.skips, false);
    case Blame::waiting: return of_waiting(lines, form.skips);
  }
  return {};
}

// Where the lines a form asks for were cut off or are another architecture's: what else there is.
std::string otherwise(const Form& form, std::string_view named, Lines lines) {
  switch (form.blame) {
    case Blame::nowhere:
    case Blame::named:
    case Blame::waiting:
    case Blame::backtrace:
    case Blame::which_became:
    case Blame::origin: return {};
    case Blame::stuck:
    case Blame::busy:
    case Blame::kind: return of_any_stack(lines);
    case Blame::line:
    case Blame::directly:
    case Blame::trace:
    case Blame::pointer:
    case Blame::warned:
    case Blame::allocated:  // without CONFIG_PAGE_OWNER
    case Blame::lock:
    case Blame::trace_or_lock:
    case Blame::lock_or_frame:
    case Blame::two_locks:
    case Blame::unlock: break;
  }
  if (auto function = of_trace(lines, form.skips); !function.empty()) return function;
  if (auto function = directly(lines, form.skips); !function.empty()) return function;
  auto function = function_named(named);
  return passed_over(function, form.skips) ? std::string() : function;
}

}  // namespace

std::string blamed(const Form& form, std::string_view named, Lines all) {
  std::vector<std::string_view> lines;
  std::ranges::copy_if(all, std::back_inserter(lines), [](std::string_view line) { return !doubtful(line); });
  lines.resize(end_of_report(lines));
  if (lines.empty()) return {};
  auto function = by_form(form, named, lines);
  if (function.empty()) function = otherwise(form, named, lines);
  return injects_fault(function) ? std::string() : function;
}

std::string blamed_in_doubt(const Form& form, Lines all) {
  // What a CPU was at is not told by what it left behind.
  if (form.blame == Blame::stuck || form.blame == Blame::busy || form.blame == Blame::kind) return {};
  std::vector<std::string> sure;
  for (const std::string_view line : all) {
    sure.emplace_back(line);
    if (doubtful(line)) sure.back().erase(line.find("? "), 2);
  }
  const std::vector<std::string_view> lines(sure.begin(), sure.end());
  return blamed(form, "", lines);
}

}  // namespace harden::crash
