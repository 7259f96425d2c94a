// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "agent/daemon/metrics_parts.h"
#include "agent/report/metric.h"
#include "harden/collector.h"

namespace harden::daemon {
namespace {

constexpr std::array kStates{TransactionState::begun,   TransactionState::applied, TransactionState::confirmed,
                             TransactionState::undoing, TransactionState::undone,  TransactionState::stuck};
constexpr std::array kLayers{Layer::runtime, Layer::file, Layer::module};

std::string word(auto value) { return std::string(to_string(value)); }

void add(Families& families, const Metric& metric) {
  if (metric.series.empty()) return;
  auto family = gauge(metric.name, metric.help);
  for (const auto& series : metric.series) family.series(series.value, series.labels);
  families.push_back(family.take());
}

}  // namespace

FamilyBuilder::FamilyBuilder(std::string name, std::string help, prometheus::MetricType type) {
  family_.name = std::move(name);
  family_.help = std::move(help);
  family_.type = type;
}

FamilyBuilder& FamilyBuilder::series(double value, const Labels& labels) {
  auto& metric = family_.metric.emplace_back();
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  metric.gauge.value = value;
  metric.counter.value = value;
  return *this;
}

FamilyBuilder gauge(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge};
}

FamilyBuilder counter(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Counter};
}

void add_verdicts(Families& families, const CheckReport& report) {
  for (const auto& metric : verdict_metrics(report)) add(families, metric);
}

void add_host_state(Families& families, const Snapshot& snapshot) {
  auto drift = gauge("hardend_drift_changes", "Changes of ours that no longer hold, or will not at the next boot.");
  for (const auto layer : kLayers) {
    const auto count =
        std::ranges::count_if(snapshot.drifts, [&](const Drift& each) { return each.change.layer == layer; });
    drift.series(static_cast<double>(count), {{"layer", word(layer)}});
  }
  families.push_back(drift.take());
  auto standing = gauge("hardend_transactions", "Transactions that stand, by state.");
  for (const auto state : kStates) {
    const auto count =
        std::ranges::count_if(snapshot.standing, [&](const Transaction& each) { return each.state == state; });
    standing.series(static_cast<double>(count), {{"state", word(state)}});
  }
  families.push_back(standing.take());
  const auto stuck = std::ranges::count_if(snapshot.standing, [](const Transaction& each) {
    return each.state == TransactionState::stuck && !each.resolved;
  });
  const auto one = [&](const char* name, const char* help, double value) {
    families.push_back(gauge(name, help).series(value).take());
  };
  one("hardend_transactions_unresolved", "Stuck transactions that a person must look at.", static_cast<double>(stuck));
  one("hardend_waivers", "Waivers, from the store and from files.", static_cast<double>(snapshot.waivers.size()));
  one("hardend_waiver_mistakes", "Mistakes in files of waivers, which count for nothing.",
      static_cast<double>(snapshot.waiver_mistakes.size()));
  one("hardend_policy_mistakes", "Mistakes in files of policies, which count for nothing.",
      static_cast<double>(snapshot.policy_mistakes.size()));
  one("hardend_store_readable", "Whether the store of transactions and waivers can be read.",
      snapshot.store_trouble.empty() ? 1 : 0);
  one("hardend_last_evaluation_timestamp_seconds", "When all policies were last evaluated.",
      static_cast<double>(snapshot.evaluated) / 1e3);
  one("hardend_snapshot_timestamp_seconds", "When the values of this page were last published.",
      static_cast<double>(snapshot.time) / 1e3);
}

void add_collectors(Families& families, const Facts& facts) {
  auto errors = gauge("hardend_collector_errors", "Facts of a collector that could not be read, this time.");
  auto durations = gauge("hardend_collector_duration_seconds", "How long a collector took, this time.");
  for (const auto& run : facts.runs()) {
    const auto collector = std::ranges::find(collectors(), run.collector, &Collector::name);
    if (collector == collectors().end()) continue;
    const auto failed = std::ranges::count_if(collector->facts, [&](const FactDecl& fact) {
      const Value* value = facts.value(fact.name);
      return value != nullptr && value->kind() == Value::Kind::unknown;
    });
    errors.series(static_cast<double>(failed), {{"collector", run.collector}});
    durations.series(static_cast<double>(run.duration.count()) / 1e6, {{"collector", run.collector}});
  }
  families.push_back(errors.take());
  families.push_back(durations.take());
}

void add_crashes(Families& families, const std::vector<CrashCount>& crashes) {
  CrashCounts counts;
  for (const auto& each : crashes) counts[{each.policy, std::string(to_string(each.type))}] += each.count;
  add(families, crash_metric(counts));
}

void add_build(Families& families) { add(families, build_metric()); }

}  // namespace harden::daemon
