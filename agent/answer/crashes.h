// SPDX-License-Identifier: Apache-2.0
//
// The crashes on record: /v1/crashes.
#pragma once

#include <vector>

#include "agent/answer/answer.h"
#include "harden/crash_book.h"
#include "harden/finding.h"
#include "harden/policy.h"

namespace harden::answer {

// Each crash of the book with the known bugs it is, and what those mean here as
// the report has it. The document is that of `hardenctl crash`.
Answered crashes_answer(const std::vector<KeptCrash>& crashes, const std::vector<Policy>& policies,
                        const CheckReport& report, const Show& show);

// Of a kind of crash that was acknowledged.
Answered acknowledged_answer(const std::string& fingerprint, const Show& show);

}  // namespace harden::answer
