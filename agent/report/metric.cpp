// SPDX-License-Identifier: Apache-2.0
#include "agent/report/metric.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/core/text.h"

namespace harden {
namespace {

// A host with thousands of policies of its own must not drown its Prometheus:
// from here on only those have series that somebody has to look at.
constexpr std::size_t kMostPolicies = 100;
constexpr std::size_t kMostCrashes = 50;
constexpr std::size_t kLongestRelease = 64;

using enum Verdict;
constexpr std::array kVerdicts{exposed, mitigated, not_affected, unknown};
constexpr std::array kSeverities{Severity::low, Severity::medium, Severity::high, Severity::critical};

std::string word(auto value) { return std::string(to_string(value)); }

double number(auto count) { return static_cast<double>(count); }

// Worst first, as the report has them, so that what is left out is the best.
std::vector<const Finding*> shown(const CheckReport& report) {
  std::vector<const Finding*> findings;
  for (const auto& finding : report.findings) {
    if (findings.size() < kMostPolicies) findings.push_back(&finding);
  }
  return findings;
}

void add_policies(std::vector<Metric>& metrics, const CheckReport& report) {
  Metric verdicts{"hardend_policy_verdict", "1 for the verdict that a policy has on this host, 0 for the others.", {}};
  Metric info{"hardend_policy_info", "Kind and severity of a policy, to be joined with its verdict.", {}};
  Metric strikes{"hardend_policy_strikes", "How often a policy's bug has struck here, on the kernel that runs.", {}};
  const auto findings = shown(report);
  for (const Finding* finding : findings) {
    for (const Verdict verdict : kVerdicts) {
      verdicts.series.push_back(
          {{{"policy", finding->policy}, {"verdict", word(verdict)}}, finding->verdict == verdict ? 1.0 : 0.0});
    }
    info.series.push_back(
        {{{"kind", word(finding->kind)}, {"policy", finding->policy}, {"severity", word(finding->severity)}}, 1});
    if (finding->struck) strikes.series.push_back({{{"policy", finding->policy}}, number(finding->struck->count)});
  }
  metrics.insert(metrics.end(), {std::move(verdicts), std::move(info), std::move(strikes)});
  metrics.push_back({"hardend_policies_without_series",
                     "Policies left out above, because there are too many.",
                     {{{}, number(report.findings.size() - findings.size())}}});
}

void add_counts(std::vector<Metric>& metrics, const CheckReport& report) {
  Metric findings{"hardend_findings", "Policies by severity and verdict, waived ones included.", {}};
  Metric waived{"hardend_findings_waived", "Findings for which a waiver is in force, by severity.", {}};
  for (const Severity severity : kSeverities) {
    for (const Verdict verdict : kVerdicts) {
      const auto count = std::ranges::count_if(
          report.findings, [&](const Finding& each) { return each.severity == severity && each.verdict == verdict; });
      findings.series.push_back({{{"severity", word(severity)}, {"verdict", word(verdict)}}, number(count)});
    }
    const auto count = std::ranges::count_if(
        report.findings, [&](const Finding& each) { return each.severity == severity && each.waiver.has_value(); });
    waived.series.push_back({{{"severity", word(severity)}}, number(count)});
  }
  metrics.insert(metrics.end(), {std::move(findings), std::move(waived)});
}

// The kernel itself keeps 64 bytes of it; a tree or a container may hold anything.
Metric host_metric(const HostSummary& host) {
  const std::string kernel = text::printable(std::string_view(host.kernel).substr(0, kLongestRelease));
  return {"hardend_host_info",
          "1, with the release of the kernel that runs, empty where it could not be read.",
          {{{{"kernel", kernel}}, 1}}};
}

// What is not text a terminal may see stands escaped first, so that every label
// is UTF-8; then what the format itself gives a meaning.
std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text::printable(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string value_text(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string series_text(const std::string& name, const MetricSeries& series) {
  std::string labels;
  for (const auto& [label, value] : series.labels) {
    labels += (labels.empty() ? "{" : ",") + label + "=\"" + label_value(value) + "\"";
  }
  return name + labels + (labels.empty() ? " " : "} ") + value_text(series.value) + "\n";
}

}  // namespace

std::vector<Metric> verdict_metrics(const CheckReport& report) {
  std::vector<Metric> metrics{host_metric(report.host)};
  add_policies(metrics, report);
  add_counts(metrics, report);
  metrics.push_back(
      {"hardend_waivers_expired", "Waivers of findings whose time is over.", {{{}, number(report.expired.size())}}});
  return metrics;
}

Metric crash_metric(const CrashCounts& counts) {
  CrashCounts kept;
  for (const auto& [key, count] : counts) {
    const bool room = kept.size() < kMostCrashes || kept.contains(key);
    kept[room ? key : std::pair<std::string, std::string>("", "other")] += count;
  }
  if (kept.empty()) kept[{"", "other"}] = 0;
  Metric records{"hardend_crash_records", "Crashes that are on record, by the policy they match and their type.", {}};
  for (const auto& [key, count] : kept) {
    records.series.push_back({{{"policy", key.first}, {"type", key.second}}, number(count)});
  }
  return records;
}

Metric build_metric() {
  return {"hardend_build_info", "1, with the version that runs.", {{{{"version", HARDEN_VERSION}}, 1}}};
}

std::string exposition(const std::vector<Metric>& metrics) {
  std::string out;
  for (const Metric& metric : metrics) {
    if (metric.series.empty()) continue;
    out += "# HELP " + metric.name + " " + metric.help + "\n# TYPE " + metric.name + " gauge\n";
    for (const MetricSeries& series : metric.series) out += series_text(metric.name, series);
  }
  return out;
}

}  // namespace harden
