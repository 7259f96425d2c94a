// SPDX-License-Identifier: Apache-2.0
//
// What judging one policy looks at.
#pragma once

#include <set>

#include "harden/policy.h"

namespace harden {

// Every fact, and entry of a map fact, that the policy's kernel ranges, its
// condition, its remedies and their impacts may look at. The key of a sysctl
// may hold "*" components. The names of modules are as the policy writes them.
std::set<cel::Reference> references_of(const Policy& policy);

// What the head of every report shows.
std::set<cel::Reference> report_references();

}  // namespace harden
