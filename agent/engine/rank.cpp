// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/rank.h"

#include <algorithm>
#include <string_view>
#include <tuple>

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

bool worse(const Finding& left, const Finding& right) {
  const auto order = [](const Finding& one, const Finding& other) {
    return std::tuple<int, int, bool, Severity, std::string_view>(rank(one), rank(one.verdict), !one.struck,
                                                                  other.severity, one.policy);
  };
  return order(left, right) < order(right, left);
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

// Findings are large: their places are sorted, and each is moved once.
void sort_worst_first(std::vector<Finding>& findings) {
  std::vector<Finding*> places;
  places.reserve(findings.size());
  for (Finding& finding : findings) places.push_back(&finding);
  std::ranges::sort(places, [](const Finding* left, const Finding* right) { return worse(*left, *right); });
  std::vector<Finding> sorted;
  sorted.reserve(findings.size());
  for (Finding* finding : places) sorted.push_back(std::move(*finding));
  findings = std::move(sorted);
}

void apply_strikes(CheckReport& report, const std::vector<Strike>& strikes, std::int64_t now) {
  bool any = false;
  for (Finding& finding : report.findings) {
    any = any || finding.struck;
    finding.struck.reset();
    for (const Strike& strike : strikes) {
      if (strike.policy != finding.policy || !counts(strike, report.host.kernel, now)) continue;
      add(finding.struck, strike);
      any = true;
    }
  }
  if (any) sort_worst_first(report.findings);
}

}  // namespace harden
