// SPDX-License-Identifier: Apache-2.0
//
// How findings make a report: what stands before what, and what is counted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harden/finding.h"

namespace harden {

// The order of a report: of what is exposed or unknown first what has struck;
// then by verdict, what has struck, severity and policy. Two findings of one
// report are never equal, since no two policies have one id.
bool worse(const Finding& left, const Finding& right);
void sort_worst_first(std::vector<std::shared_ptr<const Finding>>& findings);

// The count that a verdict belongs to.
int& count_of(Summary& summary, Verdict verdict);

// What each policy finds, in the policies' order.
std::vector<std::shared_ptr<const Finding>> evaluate_all(const std::vector<Policy>& policies, const Facts& facts);

HostSummary host_summary(const Facts& facts, const std::string& root);

// Of waivers of one finding the one in force at `now` that lasts longest.
// Those that are over are added to `expired`.
std::optional<Waiver> waiver_in_force(const std::vector<const Waiver*>& waivers, std::int64_t now,
                                      std::vector<Waiver>& expired);

}  // namespace harden
