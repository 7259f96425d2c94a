// SPDX-License-Identifier: Apache-2.0
//
// Findings: `check`, and GET /v1/findings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/answer/answer.h"
#include "harden/collector.h"
#include "harden/finding.h"

namespace harden::answer {

struct CheckQuery {
  std::vector<std::string> policies;  // all where none is named
  Severity severity = Severity::low;  // at least
  Severity fail_on = Severity::high;
  Show show;
};

// What a check rests on besides its report.
struct CheckGround {
  bool complete = true;  // no file of policies or waivers had a mistake
  std::vector<std::string> warnings;
};

// The policy of that id.
std::expected<const Policy*, Refusal> policy_in(const std::vector<Policy>& policies, const std::string& id);

// Those that were asked for.
std::expected<std::vector<Policy>, Refusal> chosen(std::vector<Policy> policies, const CheckQuery& query);

// The facts that a check, or a plan, of these policies looks at.
Wanted facts_for(const std::vector<Policy>& policies);

// Of the report the findings asked for. Refused: a policy that it does not
// have, a format that there is not.
Answered check_answer(CheckReport report, const CheckQuery& query, CheckGround ground);

// Everything about one policy of that report: for people how it came to its
// verdict, in JSON the check of it alone. Clean whatever the verdict.
Answered explain_answer(const Policy& policy, const Facts& facts, CheckReport report, const Show& show);

// Which waivers name no policy.
std::vector<std::string> warnings_of_nothing(const std::vector<Waiver>& waivers, const std::vector<Policy>& policies);

}  // namespace harden::answer
