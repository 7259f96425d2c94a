// SPDX-License-Identifier: Apache-2.0
//
// One line for Nagios, Icinga and their kin, with performance data and their
// own exit statuses (nagios-plugins.org, "Development Guidelines").
#include <algorithm>

#include "agent/core/text.h"
#include "agent/report/report.h"

namespace harden {
namespace {

constexpr std::size_t kMostNames = 5;

enum class State { ok, warning, critical, unknown };

// What is waived counts for nothing here.
int count(const CheckReport& report, Verdict verdict, Severity least) {
  return static_cast<int>(std::ranges::count_if(report.findings, [&](const Finding& finding) {
    return finding.verdict == verdict && finding.severity >= least && !finding.waiver;
  }));
}

State state_of(const CheckReport& report) {
  if (count(report, Verdict::exposed, report.fail_on) > 0) return State::critical;
  if (count(report, Verdict::exposed, Severity::low) > 0) return State::warning;
  const bool open = count(report, Verdict::unknown, Severity::low) > 0;
  return open || !report.complete || report.findings.empty() ? State::unknown : State::ok;
}

const char* word_for(State state) {
  switch (state) {
    case State::ok: return "OK";
    case State::warning: return "WARNING";
    case State::critical: return "CRITICAL";
    case State::unknown: return "UNKNOWN";
  }
  return "UNKNOWN";
}

// A '|' ends the text and begins the performance data.
std::string harmless(std::string_view text) {
  std::string out = text::printable(text);
  for (char& c : out) c = c == '|' ? '/' : c;
  return out;
}

std::string part(const CheckReport& report, Verdict verdict, const char* word) {
  std::string names;
  std::size_t found = 0;
  for (const Finding& finding : report.findings) {
    if (finding.verdict != verdict || finding.waiver || ++found > kMostNames) continue;
    names += (names.empty() ? "" : ", ") + harmless(finding.policy);
  }
  if (found > kMostNames) names += " and " + std::to_string(found - kMostNames) + " more";
  return std::to_string(found) + " " + word + (names.empty() ? "" : " (" + names + ")");
}

std::string performance(const Summary& sum) {
  const auto value = [](const char* name, int number) {
    return " " + std::string(name) + "=" + std::to_string(number);
  };
  return value("exposed", sum.exposed) + value("mitigated", sum.mitigated) + value("not_affected", sum.not_affected) +
         value("unknown", sum.unknown) + value("waived", sum.waived);
}

std::string render(const CheckReport& report, const Style&) {
  std::string line = std::string("HARDEND ") + word_for(state_of(report)) + " - " +
                     part(report, Verdict::exposed, "exposed") + ", " + part(report, Verdict::unknown, "unknown");
  if (!report.complete) line += ", some files of policies or waivers could not be read";
  if (report.findings.empty()) line += ", no policy was judged";
  return line + " |" + performance(report.summary) + "\n";
}

int status(const CheckReport& report) { return static_cast<int>(state_of(report)); }

const RegisterFormat registered(CheckFormat{"nagios", render, status});

}  // namespace
}  // namespace harden
