// SPDX-License-Identifier: Apache-2.0
//
// Facts: `facts`, and GET /v1/facts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/answer/answer.h"
#include "harden/collector.h"

namespace harden::answer {

// What these names mean: "kernel.release", every fact below "kernel", or one
// entry of a map fact written as an expression, sysctl["kernel.panic"]. Every
// fact where there are none. Refused: a name that is no fact.
std::expected<Wanted, Refusal> facts_named(const std::vector<std::string>& names);

// Of facts that were collected for `collected` those wanted, as a collection
// for them alone would have them. Nothing where some of them were not
// collected, or not in full.
std::optional<Facts> only(const Facts& facts, const Wanted& collected, const Wanted& wanted);

// `whole`: they were named, and are shown in full.
Answered facts_answer(const Facts& facts, const std::string& root, bool whole, const Show& show);

}  // namespace harden::answer
