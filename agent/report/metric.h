// SPDX-License-Identifier: Apache-2.0
//
// Gauges as Prometheus reads them (text format 0.0.4), each with its one name
// and meaning, whether the daemon answers for them or hardenctl prints them.
// Labels hold ids and words of our own, and of the host its kernel's release
// alone. A state set (one series
// a state, 1 for the one that holds) tells verdicts, so that a series does not
// vanish when they change.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harden/finding.h"

namespace harden {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

struct MetricSeries {
  MetricLabels labels;
  double value = 0;
};

struct Metric {
  std::string name;
  std::string help;
  std::vector<MetricSeries> series;
};

// Crashes by policy ("": of no known bug) and type.
using CrashCounts = std::map<std::pair<std::string, std::string>, std::int64_t>;

// Those of a report; a metric may be without series.
std::vector<Metric> verdict_metrics(const CheckReport& report);
Metric crash_metric(const CrashCounts& counts);
Metric build_metric();

// The text of those that have series.
std::string exposition(const std::vector<Metric>& metrics);

}  // namespace harden
