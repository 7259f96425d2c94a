// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string_view>

#include "agent/engine/order.h"

namespace harden {

std::optional<Waiver> waiver_in_force(const std::vector<const Waiver*>& waivers, std::int64_t now,
                                      std::vector<Waiver>& expired) {
  const Waiver* longest = nullptr;
  for (const Waiver* waiver : waivers) {
    if (waiver->until <= now) {
      expired.push_back(*waiver);
    } else if (longest == nullptr || longest->until < waiver->until) {
      longest = waiver;
    }
  }
  return longest == nullptr ? std::nullopt : std::optional(*longest);
}

void apply_waivers(CheckReport& report, const std::vector<Waiver>& waivers, std::int64_t now) {
  std::map<std::string_view, std::vector<const Waiver*>> by_policy;
  for (const Waiver& waiver : waivers) by_policy[waiver.policy].push_back(&waiver);
  report.expired.clear();
  report.summary.waived = 0;
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    const auto found = by_policy.find(report.findings[i].policy);
    std::optional<Waiver> waiver;
    if (found != by_policy.end()) waiver = waiver_in_force(found->second, now, report.expired);
    if (waiver) ++report.summary.waived;
    if (waiver == report.findings[i].waiver) continue;
    Finding changed = report.findings[i];
    changed.waiver = std::move(waiver);
    report.findings.replace(i, std::move(changed));
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
