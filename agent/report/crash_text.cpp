// SPDX-License-Identifier: Apache-2.0
//
// The report for a person who was woken: what crashed, what led to it, which
// known bug it is and how sure that is, whether this host is exposed, what
// helps and what it costs, and the one thing to do next.
#include <algorithm>
#include <cstdio>

#include "agent/core/calendar.h"
#include "agent/report/crash_report.h"
#include "agent/report/remedy_lines.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

constexpr std::size_t kMargin = 2;
constexpr std::size_t kMostFrames = 12;
constexpr std::size_t kMostCauses = 8;

std::string heading(std::string_view word, std::string_view text, Paint paint, const Style& style) {
  return painted(word, paint, style) + "  " + painted(plain(text), Paint::bold, style) + "\n";
}

std::string hex(std::uint64_t number) {
  char text[16 + 1];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(number));
  return text;
}

// Other reports print the register too, with whatever was last in it.
bool is_about_an_address(CrashType type) {
  using enum CrashType;
  return type == null_dereference || type == paging_fault || type == protection_fault || type == double_fault ||
         type == stack_overflow || type == kasan || type == kfence;
}

std::string where_of(const CrashRecord& record) {
  std::string text = record.at ? describe(*record.at) : "";
  if (record.fault_address && is_about_an_address(record.type)) {
    text += (text.empty() ? "" : ", ") + ("at the address 0x" + hex(*record.fault_address));
  }
  return text;
}

std::string task_of(const CrashRecord& record) {
  std::string text = record.comm;
  if (record.pid) text += (text.empty() ? "process " : ", process ") + std::to_string(*record.pid);
  if (record.cpu) text += (text.empty() ? "CPU " : ", CPU ") + std::to_string(*record.cpu);
  return text;
}

std::string kernel_of(const CrashRecord& record) {
  std::string text = record.kernel;
  if (!record.kernel_version.empty()) text += (text.empty() ? "" : " ") + record.kernel_version;
  if (text.empty()) return "not named in the text";
  if (record.taints.empty() && !record.taint.empty()) text += ", tainted " + record.taint;
  for (std::size_t i = 0; i < record.taints.size(); ++i) text += (i == 0 ? ", tainted: " : "; ") + record.taints[i];
  return text;
}

// Only what the kernel calls reliable; what it guesses is told as a number.
std::string stack_of(const CrashRecord& record) {
  std::string text;
  std::size_t shown = 0;
  std::size_t left = 0;
  std::size_t doubtful = 0;
  for (const Frame& frame : record.frames) {
    if (!frame.reliable) {
      ++doubtful;
    } else if (shown == kMostFrames) {
      ++left;
    } else {
      text += (shown++ == 0 ? "" : " <- ") + frame.place.function;
    }
  }
  if (left > 0) text += " <- … (" + std::to_string(left) + " more)";
  if (doubtful == 0) return text;
  return text + (text.empty() ? "" : "; ") + std::to_string(doubtful) +
         (doubtful == 1 ? " frame that the kernel doubts is left out" : " frames that the kernel doubts are left out");
}

std::string occasion_of(const ShownCrash& crash) {
  std::string text = crash.source;
  if (crash.record.line > 0) text += ", line " + std::to_string(crash.record.line);
  if (crash.time != 0) text += ", not after " + date_time_text(crash.time);
  if (crash.record.uptime) {
    char uptime[64];
    std::snprintf(uptime, sizeof uptime, "%.6f", *crash.record.uptime);
    text += std::string(", ") + uptime + " s after its boot";
  }
  if (crash.record.count > 1) text += ", printed " + std::to_string(crash.record.count) + " times";
  return text;
}

std::string belief_of(const CrashRecord& record) {
  if (record.corrupted) {
    return record.corrupted_why.empty() ? "the report is cut off or mixed with another one" : record.corrupted_why;
  }
  return record.first ? "" : "not the first report of its boot: believe an earlier one before this";
}

std::string causes(const CrashHint& hint, const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(hint.causes.size(), kMostCauses); ++i) {
    out += paragraph(kMargin, i == 0 ? "led to it " : "          ", hint.causes[i], style);
  }
  if (hint.causes.size() > kMostCauses) {
    out += paragraph(kMargin, "          ",
                     std::to_string(hint.causes.size() - kMostCauses) + " more messages before it", style);
  }
  return out;
}

std::string what_happened(const ShownCrash& crash, const Style& style) {
  const CrashRecord& record = crash.record;
  std::string out = heading("CRASH", record.title, Paint::red, style);
  out += paragraph(kMargin, "found     ", occasion_of(crash), style);
  out += paragraph(kMargin, "kernel    ", kernel_of(record), style);
  out += paragraph(kMargin, "at        ", where_of(record), style);
  out += paragraph(kMargin, "task      ", task_of(record), style);
  out += causes(crash.hint, style);
  out += paragraph(kMargin, "called by ", stack_of(record), style);
  out += paragraph(kMargin, "doubt     ", belief_of(record), style);
  return out + paragraph(kMargin, "mark      ", crash.fingerprint, style);
}

std::string evidence(const std::vector<std::string>& sentences, const Style& style) {
  std::string out;
  for (const std::string& sentence : sentences) {
    out += paragraph(kMargin, out.empty() ? "because   " : "          ", sentence, style);
  }
  return out;
}

std::string verdict_here(const ShownBug& bug, const CrashView& view, const std::string& kernel) {
  std::string text;
  switch (bug.here.verdict) {
    case Verdict::exposed: text = "EXPOSED now: "; break;
    case Verdict::unknown: text = "UNKNOWN: "; break;
    case Verdict::mitigated: text = "mitigated: "; break;
    case Verdict::not_affected: text = "not affected: "; break;
  }
  text += bug.here.reason;
  if (!kernel.empty() && !view.host.kernel.empty() && kernel != view.host.kernel) {
    text += "; this host runs " + view.host.kernel + ", the crash was another kernel's";
  }
  return text;
}

std::string bug_lines(const CrashMatch& match, const CrashView& view, const std::string& kernel, const Style& style) {
  const auto found = view.bugs.find(match.policy);
  std::string out = evidence(match.evidence, style);
  if (found == view.bugs.end()) return out;
  const ShownBug& bug = found->second;
  out = paragraph(kMargin, "what      ", bug.title + " (" + std::string(to_string(bug.severity)) + ")", style) + out;
  const Paint paint = paint_of(bug.here.verdict);
  return out + painted(paragraph(kMargin, "this host ", verdict_here(bug, view, kernel), style), paint, style);
}

std::string next_lines(const std::vector<std::string>& steps, const Style& style) {
  std::string out;
  for (const std::string& step : steps) {
    out += paragraph(kMargin, out.empty() ? "next      " : "          ", step, style);
  }
  return out;
}

std::vector<std::string> steps_for(const CrashMatch& match, const ShownBug& bug, const CrashView& view) {
  std::vector<std::string> steps;
  if (match.confidence == Confidence::possible) {
    steps.emplace_back("compare the evidence before you act: this match is only possible");
  }
  if (!bug.here.next.empty()) steps.push_back("on this host: " + bug.here.next);
  const std::string root = view.host.root == "/" ? "" : " --root " + view.host.root;
  if (bug.here.verdict == Verdict::exposed) {
    steps.push_back("see what a remedy would change: hardenctl plan " + match.policy + root);
  } else {
    steps.push_back("on the host that crashed, if it is another one: hardenctl check --policy " + match.policy);
  }
  return steps;
}

std::string known(const ShownCrash& crash, const CrashView& view, const Style& style) {
  std::string out;
  for (const CrashMatch& match : crash.matches) {
    out += "\n" + heading("KNOWN BUG", match.policy + " (" + std::string(to_string(match.confidence)) + ")",
                          Paint::yellow, style);
    out += bug_lines(match, view, crash.record.kernel, style);
    const auto bug = view.bugs.find(match.policy);
    if (bug != view.bugs.end()) out += next_lines(steps_for(match, bug->second, view), style);
  }
  return out;
}

std::string unknown_bug(const ShownCrash& crash, const Style& style) {
  const CrashHint& hint = crash.hint;
  std::string out = "\n" + heading("NO KNOWN BUG", "no policy fits this crash", Paint::yellow, style);
  if (!hint.subsystem.empty()) {
    out += paragraph(kMargin, "likely in ", hint.subsystem + ", because " + hint.subsystem_because, style);
  }
  const std::string where = hint.guilty_where.empty() ? "" : " (" + hint.guilty_where + ")";
  if (!hint.guilty.empty()) out += paragraph(kMargin, "look at   ", hint.guilty + where, style);
  for (std::size_t i = 0; i < hint.search.size(); ++i) {
    out += paragraph(kMargin, i == 0 ? "search    " : "          ", hint.search[i], style);
  }
  return out + next_lines({"keep the whole log and the vmcore, and report it to whoever built the kernel"}, style);
}

std::string related(const ShownCrash& crash, const CrashView& view, const Style& style) {
  std::string out;
  for (const CrashMatch& match : crash.related) {
    out += "\n" + heading("ALSO", match.policy + " (its messages came before this crash)", Paint::cyan, style);
    out += bug_lines(match, view, crash.record.kernel, style);
    out += next_lines({"see what it is and what helps: hardenctl explain " + match.policy}, style);
  }
  return out;
}

std::string warnings(const CrashView& view, const Style& style) {
  std::string out;
  for (const ShownWarning& warning : view.warnings) {
    out += heading("WARNING", warning.match.policy + ": the messages that come before this crash, without the crash",
                   Paint::yellow, style);
    out += paragraph(kMargin, "found     ", warning.source, style);
    out += bug_lines(warning.match, view, "", style);
    const auto bug = view.bugs.find(warning.match.policy);
    if (bug != view.bugs.end())
      out += next_lines(steps_for({warning.match.policy, Confidence::likely, {}}, bug->second, view), style);
    out += "\n";
  }
  return out;
}

// Each bug's once, however many crashes it has.
std::string remedies(const CrashView& view, const Style& style) {
  std::string out;
  for (const auto& [policy, bug] : view.bugs) {
    const bool matched = std::ranges::any_of(view.crashes, [&](const ShownCrash& crash) {
      return std::ranges::find(crash.matches, policy, &CrashMatch::policy) != crash.matches.end();
    });
    if (!matched || bug.here.remedies.empty()) continue;
    out += painted(plain("What helps against " + policy + ", the best first, and its price here"), Paint::bold, style) +
           "\n";
    for (const RemedyView& remedy : bug.here.remedies) out += remedy_lines(remedy, style);
    out += "\n";
  }
  return out;
}

// What was not read may hold a crash.
std::string no_crash(const CrashView& view) {
  if (!view.unread.empty() && view.sources.empty()) return "nothing could be read of " + view.source + "\n";
  return (view.unread.empty() ? "no crash in " : "no crash in what could be read of ") + view.source +
         (view.warnings.empty() ? "" : ", but warnings") + "\n";
}

std::string total(const CrashView& view) {
  const auto matched = std::ranges::count_if(view.crashes, is_known);
  const std::size_t count = view.crashes.size();
  if (count == 0) return no_crash(view);
  return std::to_string(count) + (count == 1 ? " crash" : " crashes") + " in " + view.source + ", " +
         std::to_string(matched) + " of a known bug\n";
}

}  // namespace

std::string crash_text(const CrashView& view, const Style& style) {
  std::string out;
  for (const ShownCrash& crash : view.crashes) {
    out += what_happened(crash, style);
    out += crash.matches.empty() ? unknown_bug(crash, style) : known(crash, view, style);
    out += related(crash, view, style) + "\n";
  }
  out += warnings(view, style) + remedies(view, style);
  for (const std::string& note : view.notes) out += paragraph(0, "note: ", note, style);
  for (const Error& error : view.unread) out += paragraph(0, "not read: ", describe(error), style);
  return out + plain(total(view).substr(0, total(view).size() - 1)) + "\n";
}

const RegisterFormat registered(CrashFormat{"text", crash_text});

}  // namespace harden
