// SPDX-License-Identifier: Apache-2.0
//
// For node_exporter's textfile collector, of a host without the daemon: the
// daemon's own names and its way of counting, of what was read this time.
#include "agent/report/crash_report.h"
#include "agent/report/metric.h"

namespace harden {
namespace {

void count(CrashCounts& counts, const ShownCrash& crash) {
  const std::string type(to_string(crash.record.type));
  bool any = false;
  for (const CrashMatch& match : crash.matches) {
    if (match.confidence == Confidence::possible) continue;
    counts[{match.policy, type}] += crash.record.count;
    any = true;
  }
  if (!any) counts[{"", type}] += crash.record.count;
}

std::string render(const CrashView& view, const Style&) {
  CrashCounts counts;
  for (const ShownCrash& crash : view.crashes) count(counts, crash);
  const auto unread = static_cast<double>(view.unread.size());
  return exposition(
      {crash_metric(counts),
       {"hardend_crash_sources_unread", "Places where crashes may lie that could not be read.", {{{}, unread}}}});
}

const RegisterFormat registered(CrashFormat{"prometheus", render});

}  // namespace
}  // namespace harden
