// SPDX-License-Identifier: Apache-2.0
//
// For a custom plugin of Kubernetes' node-problem-detector: 1 where the kernel has
// reported a crash, 2 where that cannot be told, 0 else.
#include <algorithm>

#include "agent/report/crash_report.h"
#include "agent/report/monitor.h"

namespace harden {
namespace {

enum class State { fine, problem, unknown };

State state_of(const CrashView& view) {
  if (!view.crashes.empty()) return State::problem;
  return view.unread.empty() && view.complete ? State::fine : State::unknown;
}

// Each bug once; a crash of no known one by its title.
std::vector<std::string> names(const CrashView& view) {
  std::vector<std::string> list;
  for (const bool wanted : {true, false}) {
    for (const ShownCrash& crash : view.crashes) {
      if (is_known(crash) != wanted) continue;
      const std::string& name = wanted ? crash.matches.front().policy : crash.record.title;
      if (std::ranges::find(list, name) == list.end()) list.push_back(name);
    }
  }
  return list;
}

std::string render(const CrashView& view, const Style&) {
  switch (state_of(view)) {
    case State::fine: return "no crash of the kernel is on record\n";
    case State::problem: return monitor::fitted("the kernel reported:", names(view)) + "\n";
    case State::unknown: break;
  }
  return view.unread.empty() ? "the policies could not be read\n"
                             : std::to_string(view.unread.size()) + " places of crashes could not be read\n";
}

int status(const CrashView& view) { return static_cast<int>(state_of(view)); }

const RegisterFormat registered(CrashFormat{"npd", render, status});

}  // namespace
}  // namespace harden
