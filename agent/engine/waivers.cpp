// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "harden/finding.h"

namespace harden {

void apply_waivers(CheckReport& report, const std::vector<Waiver>& waivers, std::int64_t now) {
  report.expired.clear();
  report.summary.waived = 0;
  for (Finding& finding : report.findings) {
    finding.waiver.reset();
    for (const Waiver& waiver : waivers) {
      if (waiver.policy != finding.policy) continue;
      if (waiver.until <= now) {
        report.expired.push_back(waiver);
      } else if (!finding.waiver || finding.waiver->until < waiver.until) {
        finding.waiver = waiver;
      }
    }
    if (finding.waiver) ++report.summary.waived;
  }
}

std::vector<Waiver> waivers_of_nothing(const std::vector<Waiver>& waivers, const std::vector<Policy>& policies) {
  std::vector<Waiver> lost;
  for (const Waiver& waiver : waivers) {
    if (std::ranges::find(policies, waiver.policy, &Policy::id) == policies.end()) lost.push_back(waiver);
  }
  return lost;
}

}  // namespace harden
