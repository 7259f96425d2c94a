// SPDX-License-Identifier: Apache-2.0
//
// What a plan changes, as patch(1) reads it. Only the changes: what they cost
// is told by the other formats.
#include "agent/core/text.h"
#include "agent/report/diff.h"
#include "agent/report/report.h"
#include "agent/report/terminal.h"

namespace harden {
namespace {

Paint paint_of_line(std::string_view line) {
  if (line.starts_with("---") || line.starts_with("+++")) return Paint::bold;
  if (line.starts_with('-')) return Paint::red;
  if (line.starts_with('+')) return Paint::green;
  return line.starts_with('@') ? Paint::cyan : Paint::none;
}

std::string render(const Plan& plan, const Style& style) {
  std::string out;
  for (const PlannedChange& planned : plan.changes) {
    const std::string diff = unified_diff(planned.change);
    for (const std::string_view line : text::lines(diff)) {
      out += painted(plain(line), paint_of_line(line), style) + "\n";
    }
  }
  return out;
}

const RegisterFormat registered(PlanFormat{"diff", render});

}  // namespace
}  // namespace harden
