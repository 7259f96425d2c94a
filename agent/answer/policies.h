// SPDX-License-Identifier: Apache-2.0
//
// Policies: `policy list`, GET /v1/policies; and what a host is, GET /v1/host.
#pragma once

#include <vector>

#include "agent/answer/answer.h"
#include "harden/policy.h"

namespace harden::answer {

// `complete`: no file had a mistake; bad_data where one had.
Answered policies_answer(const std::vector<Policy>& policies, bool complete, const Show& show);

Answered host_answer(const HostSummary& host, const Show& show);

}  // namespace harden::answer
