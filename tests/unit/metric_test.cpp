// SPDX-License-Identifier: Apache-2.0
#include "agent/report/metric.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/core/text.h"

using namespace harden;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Finding finding(const std::string& policy, Verdict verdict) {
  Finding one;
  one.policy = policy;
  one.verdict = verdict;
  one.severity = Severity::high;
  return one;
}

CheckReport report_of(std::size_t count) {
  CheckReport report;
  for (std::size_t i = 0; i < count; ++i) {
    report.findings.push_back(finding("p" + std::to_string(i), Verdict::exposed));
  }
  return report;
}

}  // namespace

TEST_CASE("a series is a line, and a metric without series none") {
  CHECK(exposition({{"a", "What it is.", {{{{"x", "1"}, {"y", "two"}}, 3}, {{}, 0.5}}}, {"b", "Nothing.", {}}}) ==
        "# HELP a What it is.\n# TYPE a gauge\na{x=\"1\",y=\"two\"} 3\na 0.5\n");
}

TEST_CASE("a label holds whatever it is given, on one line") {
  const std::string text = exposition({{"a", "h", {{{{"x", "q\" b\\ n\n e\x1b[31m \xff }"}}, 1}}}});
  CHECK(text::lines(text).size() == 3);
  CHECK(contains(text, "q\\\" b\\\\"));
  CHECK(!contains(text, "\x1b"));
  CHECK(!contains(text, "\xff"));
}

TEST_CASE("large and small counts stand as they are") {
  CHECK(contains(exposition({{"a", "h", {{{}, 1795132800}}}}), "a 1795132800\n"));
  CHECK(contains(exposition({{"a", "h", {{{}, 0}}}}), "a 0\n"));
}

TEST_CASE("a policy has a series for each verdict, and one more where it has struck") {
  CheckReport report;
  Finding struck = finding("one", Verdict::unknown);
  struck.struck = Struck{3, 0, Confidence::certain};
  report.findings.push_back(struck);
  const std::string text = exposition(verdict_metrics(report));
  CHECK(contains(text, "hardend_policy_verdict{policy=\"one\",verdict=\"unknown\"} 1\n"));
  CHECK(contains(text, "hardend_policy_verdict{policy=\"one\",verdict=\"exposed\"} 0\n"));
  CHECK(contains(text, "hardend_policy_strikes{policy=\"one\"} 3\n"));
  CHECK(contains(text, "hardend_findings{severity=\"high\",verdict=\"unknown\"} 1\n"));
  CHECK(!contains(exposition(verdict_metrics(report_of(1))), "strikes"));
}

TEST_CASE("of very many policies the worst have series, and the others are counted") {
  const std::string text = exposition(verdict_metrics(report_of(250)));
  CHECK(contains(text, "policy=\"p99\""));
  CHECK(!contains(text, "policy=\"p100\""));
  CHECK(contains(text, "hardend_policies_without_series 150\n"));
  CHECK(contains(text, "hardend_findings{severity=\"high\",verdict=\"exposed\"} 250\n"));
}

TEST_CASE("of very many kinds of crash the rest are one, and nothing is lost") {
  CrashCounts counts;
  for (int i = 0; i < 80; ++i) counts[{"p" + std::to_string(i), "panic"}] = 2;
  const Metric metric = crash_metric(counts);
  double sum = 0;
  for (const MetricSeries& series : metric.series) sum += series.value;
  CHECK(metric.series.size() == 51);
  CHECK(sum == 160);
  CHECK(crash_metric({}).series.size() == 1);
}
