// SPDX-License-Identifier: Apache-2.0
//
// For a custom plugin of Kubernetes' node-problem-detector: 0 the node is fine,
// 1 it has the problem, 2 it cannot be told, and a message of at most 80 bytes
// (max_output_length of docs/custom_plugin_monitor.md), which becomes the
// condition's.
#include <algorithm>

#include "agent/core/text.h"
#include "agent/report/report.h"

namespace harden {
namespace {

constexpr std::size_t kMostBytes = 80;

enum class State { fine, problem, unknown };

std::vector<const Finding*> counting(const CheckReport& report, Verdict verdict, Severity least) {
  std::vector<const Finding*> found;
  for (const Finding& finding : report.findings) {
    if (finding.verdict == verdict && finding.severity >= least && !finding.waiver) found.push_back(&finding);
  }
  return found;
}

State state_of(const CheckReport& report) {
  if (!counting(report, Verdict::exposed, report.fail_on).empty()) return State::problem;
  const bool open = !counting(report, Verdict::unknown, Severity::low).empty();
  return open || !report.complete || report.findings.empty() ? State::unknown : State::fine;
}

// The names as far as they fit, the worst first, and how many there are.
std::string named(const std::string& head, const std::vector<const Finding*>& findings) {
  std::string line = head;
  std::size_t told = 0;
  for (const Finding* finding : findings) {
    const std::string name = (told == 0 ? " " : ", ") + text::printable(finding->policy);
    const std::string rest = " +" + std::to_string(findings.size() - told - 1);
    const bool last = told + 1 == findings.size();
    if (line.size() + name.size() + (last ? 0 : rest.size()) > kMostBytes) break;
    line += name;
    ++told;
  }
  if (told < findings.size()) line += " +" + std::to_string(findings.size() - told);
  return line;
}

std::string render(const CheckReport& report, const Style&) {
  switch (state_of(report)) {
    case State::fine: return "not exposed to any known kernel crash bug that fails the check\n";
    case State::problem: return named("exposed to", counting(report, Verdict::exposed, report.fail_on)) + "\n";
    case State::unknown: break;
  }
  const auto open = counting(report, Verdict::unknown, Severity::low);
  return (open.empty() ? std::string("the policies could not be read") : named("cannot be told:", open)) + "\n";
}

int status(const CheckReport& report) { return static_cast<int>(state_of(report)); }

const RegisterFormat registered(CheckFormat{"npd", render, status});

}  // namespace
}  // namespace harden
