// SPDX-License-Identifier: Apache-2.0
//
// A policy's remedies, looked at on one host.
#pragma once

#include <vector>

#include "agent/remedy/remedy.h"
#include "harden/finding.h"

namespace harden {

// Whether these remedies keep the bug from striking.
struct Protection {
  Answer answer = Answer::of(false);
  const Remedy* remedy = nullptr;  // the one in force, or the one that could not be told
};

Protection protection(const std::vector<Remedy>& remedies, const Facts& facts);

// The one to take first: the best grade, of these one that nothing stands in
// the way of, that is a change and not advice, that breaks least here and
// needs no reboot. Nothing where no
// remedy is worth its price (ineffective and unproven ones never are).
const RemedyView* best_remedy(const std::vector<RemedyView>& views);

}  // namespace harden
