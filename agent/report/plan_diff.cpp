// SPDX-License-Identifier: Apache-2.0
//
// What a plan changes, as patch(1) reads it. Only the changes: what they cost
// is told by the other formats.
#include "agent/report/diff.h"
#include "agent/report/report.h"

namespace harden {
namespace {

std::string render(const Plan& plan, const Style& style) {
  std::string out;
  for (const PlannedChange& planned : plan.changes) out += change_diff(planned.change, style);
  return out;
}

const RegisterFormat registered(PlanFormat{"diff", render});

}  // namespace
}  // namespace harden
