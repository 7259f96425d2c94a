// SPDX-License-Identifier: Apache-2.0
//
// What `plan` and `apply` share: making the plan from the command line.
#pragma once

#include <string>
#include <vector>

#include "agent/ctl/common.h"
#include "harden/plan.h"

namespace harden::ctl {

struct PlanOption {
  PolicyOption policies;
  std::vector<std::string> ids;
  std::vector<std::string> remedies;  // "POLICY/REMEDY", or "REMEDY" with one policy
  bool runtime_only = false;
  void add(CLI::App& command);
};

// The plan, or the status to end with after a complaint.
std::expected<Plan, ExitStatus> plan_on(const std::shared_ptr<const Host>& host, const PlanOption& option);

}  // namespace harden::ctl
