// SPDX-License-Identifier: Apache-2.0
//
// Policies for measuring, no two alike.
#pragma once

#include <string>

namespace harden {

// About 60 lines of TOML, without mistakes for `some_variables()` and for the
// facts that the collectors declare. Its id is "bench-NUMBER".
std::string synthetic_policy(int number);

}  // namespace harden
