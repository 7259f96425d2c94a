// SPDX-License-Identifier: Apache-2.0
//
// One line for Nagios, Icinga and their kin, with performance data and their
// own exit statuses.
#include <algorithm>

#include "agent/report/monitor.h"
#include "agent/report/report.h"

namespace harden {
namespace {

using monitor::State;

// What is waived counts for nothing here.
std::vector<std::string> names(const CheckReport& report, auto counts) {
  std::vector<std::string> list;
  for (const Finding& finding : report.findings) {
    if (!finding.waiver && counts(finding)) list.push_back(finding.policy);
  }
  return list;
}

std::vector<std::string> with(const CheckReport& report, Verdict verdict) {
  return names(report, [&](const Finding& finding) { return finding.verdict == verdict; });
}

std::vector<std::string> struck(const CheckReport& report) {
  return names(report, [](const Finding& finding) { return finding.struck.has_value(); });
}

State state_of(const CheckReport& report) {
  const auto any = [&](auto counts) { return std::ranges::any_of(report.findings, counts); };
  if (any([&](const Finding& finding) { return is_open_to(finding, report.fail_on); })) return State::critical;
  if (any([](const Finding& finding) { return is_open_to(finding); })) return State::warning;
  return any(is_untold) || !report.complete || report.findings.empty() ? State::unknown : State::ok;
}

std::string render(const CheckReport& report, const Style&) {
  const auto struck_here = struck(report);
  std::string text = monitor::counted("exposed", with(report, Verdict::exposed)) + ", " +
                     monitor::counted("unknown", with(report, Verdict::unknown));
  if (!struck_here.empty()) text += ", " + monitor::counted("struck here", struck_here);
  if (!report.complete) text += ", some files of policies or waivers could not be read";
  if (report.findings.empty()) text += ", no policy was judged";
  const Summary& sum = report.summary;
  return monitor::nagios_line(state_of(report), text,
                              {{"exposed", sum.exposed},
                               {"mitigated", sum.mitigated},
                               {"not_affected", sum.not_affected},
                               {"unknown", sum.unknown},
                               {"waived", sum.waived},
                               {"struck", static_cast<int>(struck_here.size())}});
}

int status(const CheckReport& report) { return static_cast<int>(state_of(report)); }

const RegisterFormat registered(CheckFormat{"nagios", render, status});

}  // namespace
}  // namespace harden
