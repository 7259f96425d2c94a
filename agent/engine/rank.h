// SPDX-License-Identifier: Apache-2.0
//
// Which finding a person reads first.
#pragma once

#include <vector>

#include "harden/finding.h"

namespace harden {

// Of what is exposed or unknown first what has struck; then by verdict, what
// has struck, severity and policy.
void sort_worst_first(std::vector<Finding>& findings);

}  // namespace harden
