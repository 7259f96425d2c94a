// SPDX-License-Identifier: Apache-2.0
//
// One line for Nagios, Icinga and their kin: a crash of a known bug is critical,
// one that no policy fits and messages without a crash a warning, and what could
// not be read unknown, for it may hold a crash.
#include <algorithm>

#include "agent/report/crash_report.h"
#include "agent/report/monitor.h"

namespace harden {
namespace {

using monitor::State;

State state_of(const CrashView& view) {
  if (std::ranges::any_of(view.crashes, is_known)) return State::critical;
  if (!view.unread.empty() || !view.complete) return State::unknown;
  return view.crashes.empty() && view.warnings.empty() ? State::ok : State::warning;
}

std::vector<std::string> known(const CrashView& view) {
  std::vector<std::string> list;
  for (const ShownCrash& crash : view.crashes) {
    if (is_known(crash)) list.push_back(crash.matches.front().policy);
  }
  return list;
}

std::vector<std::string> others(const CrashView& view) {
  std::vector<std::string> list;
  for (const ShownCrash& crash : view.crashes) {
    if (!is_known(crash)) list.push_back(crash.record.title);
  }
  return list;
}

std::string render(const CrashView& view, const Style&) {
  const auto of_known = known(view);
  const auto of_none = others(view);
  std::string text = monitor::counted("crashes of known bugs", of_known) + ", " + monitor::counted("of none", of_none);
  if (!view.warnings.empty()) text += ", " + std::to_string(view.warnings.size()) + " warnings without a crash";
  if (!view.unread.empty()) text += ", " + std::to_string(view.unread.size()) + " places could not be read";
  if (!view.complete) text += ", some files of policies could not be read";
  const auto number = [](const auto& list) { return static_cast<int>(list.size()); };
  return monitor::nagios_line(state_of(view), text,
                              {{"crashes", number(view.crashes)},
                               {"known", number(of_known)},
                               {"warnings", number(view.warnings)},
                               {"unread", number(view.unread)}});
}

int status(const CrashView& view) { return static_cast<int>(state_of(view)); }

const RegisterFormat registered(CrashFormat{"nagios", render, status});

}  // namespace
}  // namespace harden
