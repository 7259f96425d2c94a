// SPDX-License-Identifier: Apache-2.0
//
// For node_exporter's textfile collector, of a host without the daemon: the
// daemon's own names, so that one set of rules and one dashboard fit both.
#include "agent/report/metric.h"
#include "agent/report/report.h"

namespace harden {
namespace {

std::string render(const CheckReport& report, const Style&) {
  std::vector<Metric> metrics = verdict_metrics(report);
  metrics.push_back({"hardend_check_complete",
                     "Whether every file of policies and waivers could be read.",
                     {{{}, report.complete ? 1.0 : 0.0}}});
  metrics.push_back(build_metric());
  return exposition(metrics);
}

const RegisterFormat registered(CheckFormat{"prometheus", render});

}  // namespace
}  // namespace harden
