// SPDX-License-Identifier: Apache-2.0
//
// A policy's own examples, run: a machine of a folder of trees, with some of
// its facts put in place of what it has.
#pragma once

#include <string>

#include "harden/finding.h"
#include "harden/result.h"

namespace harden {

// The facts of `example`: those of the tree HOSTS/example.host that the policy
// may look at, changed as the example says. An error where there is no such
// tree, or where it names a fact that does not exist.
Result<Facts> example_facts(const Policy& policy, const Example& example, const std::string& hosts);

// The finding on those facts.
Result<Finding> run_example(const Policy& policy, const Example& example, const std::string& hosts);

}  // namespace harden
