// SPDX-License-Identifier: Apache-2.0
//
// Facts for tests that must not change whenever a collector learns something.
#pragma once

#include <vector>

#include "harden/cel.h"

namespace harden::test {

const std::vector<cel::Variable>& some_variables();

}  // namespace harden::test
