// SPDX-License-Identifier: Apache-2.0
//
// Families of metrics, made of what is known, and put together by metrics.cpp.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

#include "agent/daemon/metrics.h"
#include "agent/report/metric.h"

namespace harden::daemon {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = MetricLabels;

// One family. `series` adds one to it.
class FamilyBuilder {
 public:
  FamilyBuilder(std::string name, std::string help, prometheus::MetricType type);
  FamilyBuilder& series(double value, const Labels& labels = {});
  prometheus::MetricFamily take() { return std::move(family_); }

 private:
  prometheus::MetricFamily family_;
};

FamilyBuilder gauge(std::string name, std::string help);
FamilyBuilder counter(std::string name, std::string help);

// Of what a snapshot holds.
void add_verdicts(Families& families, const CheckReport& report);
void add_host_state(Families& families, const Snapshot& snapshot);
void add_collectors(Families& families, const Facts& facts);
void add_crashes(Families& families, const std::vector<CrashCount>& crashes);

// Of the daemon itself.
void add_build(Families& families);
void add_http(Families& families, const HttpCounters& counters);
void add_service(Families& families, const answer::Service& service);

}  // namespace harden::daemon
