// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

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

// Where a finding stands among others, but for its policy's id.
using Place = std::tuple<int, int, bool, int>;

Place place(const Finding& finding) {
  return {rank(finding), rank(finding.verdict), !finding.struck, -static_cast<int>(finding.severity)};
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
  return std::pair(place(left), std::string_view(left.policy)) <
         std::pair(place(right), std::string_view(right.policy));
}

void sort_worst_first(std::vector<std::shared_ptr<const Finding>>& findings) {
  const auto policy = [](const auto& finding) -> const std::string& { return finding->policy; };
  // They mostly are already: policies are kept by their ids.
  if (!std::ranges::is_sorted(findings, {}, policy)) std::ranges::sort(findings, {}, policy);
  std::vector<std::pair<Place, std::size_t>> order;
  order.reserve(findings.size());
  for (const auto& finding : findings) order.emplace_back(place(*finding), order.size());
  std::ranges::sort(order);
  std::vector<std::shared_ptr<const Finding>> sorted;
  sorted.reserve(findings.size());
  for (const auto& [place, index] : order) sorted.push_back(std::move(findings[index]));
  findings = std::move(sorted);
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
  sort_worst_first(sorted);
  report.findings = SharedList<Finding>(std::move(sorted));
}

}  // namespace harden
