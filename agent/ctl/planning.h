// SPDX-License-Identifier: Apache-2.0
//
// What `plan` and `apply` share: making the plan from the command line.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "agent/answer/plan.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/common.h"

namespace harden::ctl {

struct PlanOption {
  PolicyOption policies;
  std::vector<std::string> ids;
  std::vector<std::string> remedies;  // "POLICY/REMEDY", or "REMEDY" with one policy
  bool runtime_only = false;
  void add(CLI::App& command);
};

// What the command line asks for. Whether the policies are there is another
// question. Refused: a remedy of which the policy cannot be told.
std::expected<PlanRequest, answer::Refusal> request_of(const PlanOption& option);

// The same as a question to the daemon, for a plan or with more members of its
// body for what is to be done with it.
std::expected<Question, answer::Refusal> question_of(const std::string& path, const PlanOption& option,
                                                     boost::json::object members);

// What is asked for, and the policies that it names: there they are.
struct PlanOrder {
  std::vector<Policy> policies;
  PlanRequest request;
};

// The order, or the status to end with after a complaint.
std::expected<PlanOrder, ExitStatus> order_of(const PlanOption& option);
Plan plan_on(const std::shared_ptr<const Host>& host, const PlanOrder& order);

}  // namespace harden::ctl
