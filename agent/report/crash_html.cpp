// SPDX-License-Identifier: Apache-2.0
//
// Crashes as a page: what crashed, what led to it, which known bug it is and how
// sure that is, and what helps against it on the host that was looked at.
#include <algorithm>

#include "agent/core/calendar.h"
#include "agent/report/crash_report.h"
#include "agent/report/html.h"
#include "agent/report/markup.h"

namespace harden {
namespace {

constexpr std::size_t kMostFrames = 30;

std::string found(const ShownCrash& crash) {
  std::string text = crash.source;
  if (crash.record.line > 0) text += ", line " + std::to_string(crash.record.line);
  if (crash.time != 0) text += ", not after " + date_time_text(crash.time);
  if (crash.record.count > 1) text += ", printed " + std::to_string(crash.record.count) + " times";
  return text;
}

std::string task(const CrashRecord& record) {
  std::string text = record.comm;
  if (record.pid) text += (text.empty() ? "process " : ", process ") + std::to_string(*record.pid);
  if (record.cpu) text += (text.empty() ? "CPU " : ", CPU ") + std::to_string(*record.cpu);
  return text;
}

std::string list(const char* element, const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  std::string out = std::string("<") + element + ">\n";
  for (const std::string& text : texts) out += "<li>" + marked_up(text) + "</li>\n";
  return out + "</" + element + ">\n";
}

// Only what the kernel calls reliable.
std::string stack(const ShownCrash& crash) {
  std::vector<std::string> frames;
  std::size_t left = 0;
  for (const Frame& frame : crash.record.frames) {
    if (!frame.reliable) continue;
    if (frames.size() < kMostFrames) {
      frames.push_back(describe(frame.place));
    } else {
      ++left;
    }
  }
  if (left > 0) frames.push_back(std::to_string(left) + " more");
  return html::folded("Called by", crash.record.title, list("ol", frames), false);
}

std::string match_of(const CrashMatch& match, const CrashView& view) {
  std::string out =
      "<h4>" +
      html::badge(match.confidence == Confidence::possible ? "weak" : "severity", to_string(match.confidence)) + " " +
      marked_up(match.policy) + "</h4>\n";
  const auto bug = view.bugs.find(match.policy);
  if (bug != view.bugs.end()) out += html::line("What:", bug->second.title);
  out += list("ul", match.evidence);
  if (bug == view.bugs.end()) return out;
  const Finding& here = bug->second.here;
  const html::Look& look = html::look_of(here.verdict);
  return out + "<p><b>This host:</b> " + html::badge(look.name, look.words) + " " + marked_up(here.reason) + "</p>\n" +
         html::line("Next:", here.next);
}

std::string guess(const ShownCrash& crash) {
  const CrashHint& hint = crash.hint;
  std::string out = "<p><b>No policy fits this crash.</b></p>\n";
  if (!hint.subsystem.empty()) out += html::line("Likely in:", hint.subsystem + ", because " + hint.subsystem_because);
  const std::string where = hint.guilty_where.empty() ? "" : " (" + hint.guilty_where + ")";
  if (!hint.guilty.empty()) out += html::line("Look at:", hint.guilty + where);
  return out + (hint.search.empty() ? "" : "<p><b>Search for:</b></p>\n" + list("ul", hint.search));
}

std::string doubt(const CrashRecord& record) {
  if (record.corrupted) {
    return record.corrupted_why.empty() ? "the report is cut off or mixed with another one" : record.corrupted_why;
  }
  return record.first ? "" : "not the first report of its boot: believe an earlier one before this";
}

std::string crash_of(const ShownCrash& crash, const CrashView& view) {
  const CrashRecord& record = crash.record;
  std::string out = std::string("<article class=\"") + (is_known(crash) ? "exposed" : "unknown") + "\">\n<h3>" +
                    (is_known(crash) ? html::badge("exposed", "known bug") : html::badge("unknown", "no known bug")) +
                    " " + html::badge("severity", to_string(record.type)) + " " + marked_up(record.title) + "</h3>\n";
  out += html::line("Found:", found(crash)) +
         html::line("Kernel:", record.kernel.empty() ? "not named in the text" : record.kernel) +
         html::line("At:", record.at ? describe(*record.at) : "") + html::line("Task:", task(record)) +
         html::line("Doubt:", doubt(record)) + html::line("Mark:", crash.fingerprint);
  if (!crash.hint.causes.empty()) out += "<p><b>Led to it:</b></p>\n" + list("ul", crash.hint.causes);
  out += stack(crash);
  if (!is_known(crash)) out += guess(crash);
  for (const CrashMatch& match : crash.matches) out += match_of(match, view);
  return out + "</article>\n";
}

std::string section(const char* id, const char* title, const std::string& content) {
  if (content.empty()) return {};
  return std::string("<section aria-labelledby=\"") + id + "\">\n<h2 id=\"" + id + "\">" + title + "</h2>\n" + content +
         "</section>\n";
}

std::string crashes(const CrashView& view) {
  std::string out;
  for (const ShownCrash& crash : view.crashes) out += crash_of(crash, view);
  if (!out.empty()) return out;
  // What was not read may hold a crash.
  if (!view.unread.empty() && view.sources.empty()) return "<p>Nothing could be read.</p>\n";
  return "<p>No crash in " + std::string(view.unread.empty() ? "" : "what could be read of ") + marked_up(view.source) +
         ".</p>\n";
}

std::string warnings(const CrashView& view) {
  std::string out;
  for (const ShownWarning& warning : view.warnings) {
    out += "<article class=\"unknown\">\n<h3>" + html::badge("unknown", "warning") + " " +
           marked_up(warning.match.policy) + "</h3>\n" + html::line("Found:", warning.source) +
           match_of(warning.match, view) + "</article>\n";
  }
  return out;
}

// Each bug's once, however many crashes it has.
std::string helps(const CrashView& view) {
  std::string out;
  for (const auto& [policy, bug] : view.bugs) {
    const bool matched = std::ranges::any_of(view.crashes, [&](const ShownCrash& crash) {
      return std::ranges::find(crash.matches, policy, &CrashMatch::policy) != crash.matches.end();
    });
    if (!matched || bug.here.remedies.empty()) continue;
    out += "<article>\n<h3>" + marked_up(policy) + "</h3>\n" + html::remedies(bug.here.remedies) + "</article>\n";
  }
  return out;
}

std::string unread(const CrashView& view) {
  std::vector<std::string> sentences;
  for (const Error& error : view.unread) sentences.push_back(describe(error));
  if (!view.complete) sentences.emplace_back("some files of policies");
  return list("ul", sentences);
}

std::string render(const CrashView& view, const Style&) {
  return html::head("Crashes of the kernel: " + view.source, view.host) + section("crashes", "Crashes", crashes(view)) +
         section("warnings", "Messages that come before a crash, without the crash", warnings(view)) +
         section("helps", "What helps, the best first, and its price here", helps(view)) +
         section("unread", "What could not be read", unread(view)) + section("notes", "Notes", list("ul", view.notes)) +
         html::foot();
}

const RegisterFormat registered(CrashFormat{"html", render});

}  // namespace
}  // namespace harden
