// SPDX-License-Identifier: Apache-2.0
//
// What is told when verdicts change:
//   finding.appeared  the host is exposed, and was not
//   finding.cleared   it was, and is known not to be; or its policy is gone
//   finding.changed   any other change of the verdict, or of being waived
// Of a policy that is judged for the first time only an exposure is told.
#pragma once

#include <string>
#include <vector>

#include "agent/store/verdicts.h"
#include "harden/finding.h"

namespace harden::daemon {

struct Telling {
  std::string type;
  std::string data;  // one JSON object, on one line
};

// The verdicts of a report, by policy.
std::vector<KeptVerdict> verdicts_of(const CheckReport& report);

// `before` by policy. The findings' order is the report's, what is gone comes last.
std::vector<Telling> differences(const std::vector<KeptVerdict>& before, const CheckReport& after);

// Whether told events of these words change `verdicts`, which are by policy: so
// that what was told before a sudden end is not told again.
void remember(const Telling& told, std::vector<KeptVerdict>& verdicts);

}  // namespace harden::daemon
