// SPDX-License-Identifier: Apache-2.0
//
// Remedies that are known to take down what runs on a host, whatever their
// policy says of impacts: conflicts are to be findings before they are outages.
#pragma once

#include <string>
#include <vector>

#include "harden/collector.h"
#include "harden/facts.h"
#include "harden/remedy.h"

namespace harden {

// Why these remedies must not be carried out on this host.
std::vector<std::string> clashes(const std::vector<const Remedy*>& remedies, const Facts& facts);

// What one of these remedies takes away from under another: a sysctl of IPv6
// beside a boot without IPv6.
std::vector<std::string> futile(const std::vector<const Remedy*>& remedies);

// The facts that `clashes` looks at.
void add_clash_facts(Wanted& wanted);

}  // namespace harden
