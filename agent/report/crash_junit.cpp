// SPDX-License-Identifier: Apache-2.0
//
// JUnit's XML of crashes: a crash is a test that failed; a text without one is a
// test that passed, and one that could not be read an error.
#include <algorithm>

#include "agent/report/crash_report.h"
#include "agent/report/junit.h"

namespace harden {
namespace {

using junit::Outcome;

void add_matches(std::string& text, const ShownCrash& crash) {
  for (const CrashMatch& match : crash.matches) {
    text += "known bug: " + match.policy + " (" + std::string(to_string(match.confidence)) + ")\n";
    for (const std::string& sentence : match.evidence) text += "  because " + sentence + "\n";
  }
}

std::string body_of(const ShownCrash& crash) {
  const CrashRecord& record = crash.record;
  std::string text = "found: " + crash.source + ", line " + std::to_string(record.line) + "\n";
  if (!record.kernel.empty()) text += "kernel: " + record.kernel + "\n";
  if (record.at) text += "at: " + describe(*record.at) + "\n";
  for (const std::string& cause : crash.hint.causes) text += "led to it: " + cause + "\n";
  for (const Frame& frame : record.frames) {
    if (frame.reliable) text += "called by: " + describe(frame.place) + "\n";
  }
  add_matches(text, crash);
  return text;
}

junit::Case case_of(const ShownCrash& crash) {
  return {
      "hardend.crash",    is_known(crash) ? crash.matches.front().policy + " " + crash.fingerprint : crash.fingerprint,
      Outcome::failure,   std::string(to_string(crash.record.type)),
      in_one_line(crash), body_of(crash)};
}

std::string render(const CrashView& view, const Style&) {
  std::vector<junit::Case> cases;
  for (const ShownCrash& crash : view.crashes) cases.push_back(case_of(crash));
  for (const std::string& source : view.sources) {
    if (std::ranges::find(view.crashes, source, &ShownCrash::source) != view.crashes.end()) continue;
    if (std::ranges::find(view.unread, source, &Error::place) != view.unread.end()) continue;
    cases.push_back({"hardend.crash", source, Outcome::passed, "", "", ""});
  }
  for (const Error& error : view.unread) {
    cases.push_back({"hardend.crash", error.place.empty() ? view.source : error.place, Outcome::error, "unread",
                     describe(error), ""});
  }
  return junit::document("crashes of the kernel", view.host, cases);
}

const RegisterFormat registered(CrashFormat{"junit", render});

}  // namespace
}  // namespace harden
