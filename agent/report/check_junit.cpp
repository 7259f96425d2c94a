// SPDX-License-Identifier: Apache-2.0
//
// JUnit's XML of a check: each policy is a test. Exposed is a failure, and so is
// what has struck; unknown is an error, for it could not be run to an end; what
// is waived is skipped, with who answers for it.
#include "agent/report/junit.h"
#include "agent/report/report.h"

namespace harden {
namespace {

using junit::Outcome;

Outcome outcome_of(const Finding& finding) {
  const bool open = finding.verdict == Verdict::exposed || finding.verdict == Verdict::unknown;
  if (finding.waiver && open) return Outcome::skipped;
  if (is_open_to(finding)) return Outcome::failure;
  return is_untold(finding) ? Outcome::error : Outcome::passed;
}

std::string body_of(const Finding& finding) {
  std::string text = finding.reason + "\n";
  if (finding.struck) text += describe(*finding.struck) + "\n";
  for (const Evidence& one : finding.evidence) {
    text += one.fact + " = " + to_text(one.value) + (one.source.empty() ? "" : " (" + one.source + ")") + "\n";
  }
  if (!finding.next.empty()) text += "next: " + finding.next + "\n";
  return text;
}

junit::Case case_of(const Finding& finding) {
  const Outcome outcome = outcome_of(finding);
  return {"hardend." + std::string(to_string(finding.kind)),
          finding.policy,
          outcome,
          std::string(to_string(finding.verdict)),
          outcome == Outcome::skipped ? "waived " + describe(*finding.waiver) : finding.title,
          body_of(finding)};
}

std::string render(const CheckReport& report, const Style&) {
  std::vector<junit::Case> cases;
  for (const Finding& finding : report.findings) cases.push_back(case_of(finding));
  return junit::document("known kernel crash bugs", report.host, cases);
}

const RegisterFormat registered(CheckFormat{"junit", render});

}  // namespace
}  // namespace harden
