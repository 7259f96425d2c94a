// SPDX-License-Identifier: Apache-2.0
//
// From facts to what is shown of them, and to sentences about them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/cel.h"
#include "harden/finding.h"

namespace harden {

// What a reference saw. An entry that a map fact does not have is shown as
// Errc::absent, a fact nobody collected as Errc::failed.
Evidence evidence_for(const cel::Reference& reference, const Facts& facts);

// Adds what is not in the list yet.
void add_evidence(std::vector<Evidence>& list, Evidence evidence);

// The text of a string fact, which the facts own; "" where it is none.
std::string_view text_of(const Facts& facts, std::string_view fact);

// "net.ipv6.enabled (denied: /proc/net/if_inet6), …": each fact once, and of
// many the first few.
std::string describe_missing(const std::vector<Missing>& missing);

// The leaf that decided a condition which came to a bool, with what it saw:
// "cpu.possible >= 2 does not hold (cpu.possible is 1)".
std::string deciding_leaf(const cel::Decision& decision);

}  // namespace harden
