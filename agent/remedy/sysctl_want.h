// SPDX-License-Identifier: Apache-2.0
//
// What a remedy wants of one sysctl, and what would satisfy it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/remedy/remedy.h"

namespace harden {

// "=", ">=", "with the bits", ...
std::string_view word_for(SysctlWant::Compare compare);

// What the key is to hold so that the want is met, given what it holds now.
// Nothing where a bound is set on what is no number.
std::optional<std::string> target_of(const SysctlWant& want, const std::string& now);

bool satisfies(const std::string& now, const SysctlWant& want);

// Whether a "*" in it stands for any one component.
bool is_pattern(std::string_view key);

// As RemedyRules::draft.
Draft draft_sysctls(const std::vector<Chosen>& chosen, const Situation& situation);

}  // namespace harden
