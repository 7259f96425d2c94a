// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>
#include <tuple>

#include "agent/engine/order.h"

namespace harden {
namespace {

int rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return 1;
    case Verdict::unknown: return 2;
    case Verdict::mitigated: return 3;
    case Verdict::not_affected: return 4;
  }
  return 4;
}

// What has struck and may strike again outranks what only could.
int rank(const Finding& finding) {
  const bool open = finding.verdict == Verdict::exposed || finding.verdict == Verdict::unknown;
  return open && finding.struck ? 0 : rank(finding.verdict);
}

// Of several kinds of crash of one policy what is the surest, and what the last.
void add(std::optional<Struck>& struck, const Strike& strike) {
  if (!struck) struck = Struck{0, strike.last, strike.confidence};
  struck->count += strike.count;
  struck->last = std::max(struck->last, strike.last);
  struck->confidence = std::max(struck->confidence, strike.confidence);
}

bool counts(const Strike& strike, const std::string& kernel, std::int64_t now) {
  const bool same_kernel = strike.kernel.empty() || kernel.empty() || strike.kernel == kernel;
  return strike.confidence != Confidence::possible && same_kernel && now - strike.last <= kStrikeSeconds;
}

}  // namespace

bool worse(const Finding& left, const Finding& right) {
  const auto order = [](const Finding& one, const Finding& other) {
    return std::tuple<int, int, bool, Severity, std::string_view>(rank(one), rank(one.verdict), !one.struck,
                                                                  other.severity, one.policy);
  };
  return order(left, right) < order(right, left);
}

void apply_strikes(CheckReport& report, const std::vector<Strike>& strikes, std::int64_t now) {
  bool any = false;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    std::optional<Struck> struck;
    for (const Strike& strike : strikes) {
      const bool here = strike.policy == report.findings[i].policy && counts(strike, report.host.kernel, now);
      if (here) add(struck, strike);
    }
    if (struck == report.findings[i].struck) continue;
    Finding changed = report.findings[i];
    changed.struck = struck;
    report.findings.replace(i, std::move(changed));
    any = true;
  }
  if (!any) return;
  auto sorted = report.findings.shared();
  std::ranges::sort(sorted, [](const auto& left, const auto& right) { return worse(*left, *right); });
  report.findings = SharedList<Finding>(std::move(sorted));
}

}  // namespace harden
