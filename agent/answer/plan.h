// SPDX-License-Identifier: Apache-2.0
//
// Plans, and carrying them out: `plan`, `apply`, POST /v1/plan and /v1/apply.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/answer/answer.h"
#include "harden/plan.h"
#include "harden/transact.h"

namespace harden::answer {

// What whoever applies a plan agrees to.
struct Consent {
  std::string digest;  // of the plan that was looked at; "" for any
  bool accept_impact = false;
  bool accept_irreversible = false;
};

// Why the plan may not be carried out so; "" where it may.
std::string objection(const Plan& plan, const Consent& consent);

// Whether the host has moved on since the plan of that digest was made.
bool moved_on(const Plan& plan, const Consent& consent);

// A request whose policies or remedies are not there; nothing where they are.
std::optional<Refusal> objection_to(const PlanRequest& request, const std::vector<Policy>& policies);

// Failed where the plan has conflicts.
Answered plan_answer(const Plan& plan, const Show& show);

// The plan, and as a warning why apply would not carry it out: failed then.
Answered dry_run_answer(const Plan& plan, const Consent& consent, const Show& show);

// How it ended, with what is left to do by hand as a warning beside the text.
// Failed where the host is not as it was wanted.
Answered applied_answer(const Plan& plan, const Outcome& outcome, const Show& show);

}  // namespace harden::answer
