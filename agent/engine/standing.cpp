// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/standing.h"

#include <algorithm>
#include <utility>

#include "agent/engine/order.h"

namespace harden {
namespace {

bool stands_before(const std::shared_ptr<const Finding>& left, const std::shared_ptr<const Finding>& right) {
  return worse(*left, *right);
}

}  // namespace

Standing::Standing(std::shared_ptr<const std::vector<Policy>> policies, std::shared_ptr<const Facts> facts,
                   std::string root, std::vector<Waiver> waivers, std::int64_t now)
    : policies_(std::move(policies)), facts_(std::move(facts)), dependents_(*policies_) {
  report_.host.root = std::move(root);
  findings_ = evaluate_all(*policies_, *facts_);
  for (const Shared& finding : findings_) ++count_of(report_.summary, finding->verdict);
  order_ = findings_;
  std::ranges::sort(order_, stands_before);
  waive(std::move(waivers), now);
}

// Its old place is found by the order, not by looking at every finding.
void Standing::put(std::size_t policy, Finding finding, std::vector<Rejudged>& out) {
  const Shared before = findings_[policy];
  const Shared after = std::make_shared<const Finding>(std::move(finding));
  const auto from = std::ranges::lower_bound(order_, before, stands_before);
  const auto to = std::ranges::lower_bound(order_, after, stands_before);
  *from = after;
  if (to > from) std::rotate(from, from + 1, to);
  if (to < from) std::rotate(to, from, from + 1);
  --count_of(report_.summary, before->verdict);
  ++count_of(report_.summary, after->verdict);
  findings_[policy] = after;
  const auto known = std::ranges::find(out, before, &Rejudged::after);
  if (known != out.end()) {
    known->after = after;
  } else {
    out.push_back({before, after});
  }
}

// Time alone ends a waiver, so all of them are looked at each time.
void Standing::settle_waivers(std::int64_t now, std::vector<Rejudged>& out) {
  std::vector<std::size_t> policies;
  for (const auto& [policy, waivers] : waived_) policies.push_back(policy);
  std::ranges::sort(policies,
                    [&](std::size_t left, std::size_t right) { return worse(*findings_[left], *findings_[right]); });
  report_.expired.clear();
  report_.summary.waived = 0;
  for (const std::size_t policy : policies) {
    auto waiver = waiver_in_force(waived_[policy], now, report_.expired);
    if (waiver) ++report_.summary.waived;
    if (waiver == findings_[policy]->waiver) continue;
    Finding changed = *findings_[policy];
    changed.waiver = std::move(waiver);
    put(policy, std::move(changed), out);
  }
}

void Standing::publish() {
  report_.host = host_summary(*facts_, report_.host.root);
  auto report = std::make_shared<CheckReport>(report_);
  report->findings = SharedList<Finding>(order_);
  published_ = std::move(report);
}

std::vector<Rejudged> Standing::refresh(Changed changed, const Facts& part, std::int64_t now) {
  std::vector<Rejudged> out;
  facts_ = std::make_shared<const Facts>(renewed(*facts_, part, changed));
  for (const std::size_t policy : dependents_.of(changed)) {
    Finding finding = evaluate((*policies_)[policy], *facts_);
    finding.waiver = findings_[policy]->waiver;
    put(policy, std::move(finding), out);
  }
  settle_waivers(now, out);
  publish();
  return out;
}

std::vector<Rejudged> Standing::waive(std::vector<Waiver> waivers, std::int64_t now) {
  std::vector<Rejudged> out;
  const auto had = std::exchange(waived_, {});
  waivers_ = std::move(waivers);
  for (std::size_t i = 0; i < policies_->size(); ++i) {
    for (const Waiver& waiver : waivers_) {
      if (waiver.policy == (*policies_)[i].id) waived_[i].push_back(&waiver);
    }
  }
  for (const auto& [policy, before] : had) waived_[policy];
  settle_waivers(now, out);
  publish();
  return out;
}

}  // namespace harden
