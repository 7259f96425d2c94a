// SPDX-License-Identifier: Apache-2.0
//
// Facts and policies for tests, from as few words as they need.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "harden/facts.h"
#include "harden/policy.h"

namespace harden {

// Facts with these values, all from "/test/NAME".
Facts facts_with(const std::vector<std::pair<std::string, Value>>& values);

// An unknown value, as a collector leaves it.
Value unreadable(const std::string& fact, Errc code = Errc::denied);

// `Map({{"key", ""}})` is ambiguous where both are texts; this never is.
inline Map map_with(std::initializer_list<Map::Entry> entries) { return Map(std::vector<Map::Entry>(entries)); }

// The record of `module["name"]`.
Value module_state(bool loaded, bool builtin, bool available, bool blocked, int use_count = 0);

// The policy in `text`, which must be without mistakes.
Policy policy_from(const std::string& text, const std::string& file = "sample.toml");

}  // namespace harden
