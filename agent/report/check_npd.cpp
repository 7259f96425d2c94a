// SPDX-License-Identifier: Apache-2.0
//
// For a custom plugin of Kubernetes' node-problem-detector: 0 the node is fine,
// 1 it has the problem, 2 it cannot be told, and a short message, which becomes
// the condition's.
#include "agent/report/monitor.h"
#include "agent/report/report.h"

namespace harden {
namespace {

enum class State { fine, problem, unknown };

std::vector<std::string> names(const CheckReport& report, auto counts) {
  std::vector<std::string> list;
  for (const Finding& finding : report.findings) {
    if (counts(finding)) list.push_back(finding.policy + (finding.struck ? " (struck)" : ""));
  }
  return list;
}

std::vector<std::string> failing(const CheckReport& report) {
  return names(report, [&](const Finding& finding) { return is_open_to(finding, report.fail_on); });
}

State state_of(const CheckReport& report) {
  if (!failing(report).empty()) return State::problem;
  const bool open = !names(report, is_untold).empty();
  return open || !report.complete || report.findings.empty() ? State::unknown : State::fine;
}

// What has struck may be unknown as long as the facts do not tell.
const char* head(const CheckReport& report) {
  for (const Finding& finding : report.findings) {
    if (is_open_to(finding, report.fail_on) && finding.verdict != Verdict::exposed) return "exposed or struck:";
  }
  return "exposed to";
}

std::string render(const CheckReport& report, const Style&) {
  switch (state_of(report)) {
    case State::fine: return "not exposed to any known kernel crash bug that fails the check\n";
    case State::problem: return monitor::fitted(head(report), failing(report)) + "\n";
    case State::unknown: break;
  }
  const auto open = names(report, is_untold);
  return (open.empty() ? std::string("the policies could not be read") : monitor::fitted("cannot be told:", open)) +
         "\n";
}

int status(const CheckReport& report) { return static_cast<int>(state_of(report)); }

const RegisterFormat registered(CheckFormat{"npd", render, status});

}  // namespace
}  // namespace harden
