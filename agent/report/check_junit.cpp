// SPDX-License-Identifier: Apache-2.0
//
// JUnit's XML, as build servers read it (github.com/testmoapp/junitxml): each
// policy is a test. Exposed is a failure, unknown an error, for it could not be
// run to an end; what is waived is skipped, with who answers for it.
#include "agent/core/text.h"
#include "agent/report/markup.h"
#include "agent/report/report.h"

namespace harden {
namespace {

std::string attribute(const char* name, std::string_view value) {
  return std::string(" ") + name + "=\"" + marked_up(value) + "\"";
}

bool fails(const Finding& finding) { return finding.verdict == Verdict::exposed && !finding.waiver; }
bool is_open(const Finding& finding) { return finding.verdict == Verdict::unknown && !finding.waiver; }
bool is_skipped(const Finding& finding) {
  return finding.waiver && (finding.verdict == Verdict::exposed || finding.verdict == Verdict::unknown);
}

// What a person reads behind the message.
std::string body_of(const Finding& finding) {
  std::string text = finding.reason + "\n";
  for (const Evidence& one : finding.evidence) {
    text += one.fact + " = " + to_text(one.value) + (one.source.empty() ? "" : " (" + one.source + ")") + "\n";
  }
  if (!finding.next.empty()) text += "next: " + finding.next + "\n";
  std::string out;
  for (const std::string_view line : text::lines(text)) out += marked_up(line) + "\n";
  return out;
}

std::string outcome(const char* element, std::string_view type, const Finding& finding) {
  return std::string("      <") + element + attribute("type", type) + attribute("message", finding.title) + ">" +
         body_of(finding) + "      </" + element + ">\n";
}

std::string outcome_of(const Finding& finding) {
  if (is_skipped(finding)) {
    return "      <skipped" + attribute("message", "waived " + describe(*finding.waiver)) + "/>\n";
  }
  if (fails(finding)) return outcome("failure", "exposed", finding);
  if (is_open(finding)) return outcome("error", "unknown", finding);
  return {};
}

std::string test_case(const Finding& finding) {
  const std::string head = "    <testcase" + attribute("classname", "hardend." + std::string(to_string(finding.kind))) +
                           attribute("name", finding.policy) + attribute("time", "0");
  const std::string inner = outcome_of(finding);
  if (inner.empty()) return head + "/>\n";
  return head + ">\n" + inner + "    </testcase>\n";
}

std::string counts(const CheckReport& report) {
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  for (const Finding& finding : report.findings) {
    failures += fails(finding) ? 1U : 0U;
    errors += is_open(finding) ? 1U : 0U;
    skipped += is_skipped(finding) ? 1U : 0U;
  }
  return attribute("tests", std::to_string(report.findings.size())) + attribute("failures", std::to_string(failures)) +
         attribute("errors", std::to_string(errors)) + attribute("skipped", std::to_string(skipped)) +
         attribute("time", "0");
}

std::string property(const char* name, std::string_view value) {
  return std::string("      <property") + attribute("name", name) + attribute("value", value) + "/>\n";
}

std::string render(const CheckReport& report, const Style&) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", "hardend") +
                    counts(report) + ">\n  <testsuite" + attribute("name", "known kernel crash bugs") + counts(report) +
                    ">\n    <properties>\n";
  out += property("root", report.host.root) + property("os", report.host.os) + property("kernel", report.host.kernel) +
         property("package", report.host.package) + "    </properties>\n";
  for (const Finding& finding : report.findings) out += test_case(finding);
  return out + "  </testsuite>\n</testsuites>\n";
}

const RegisterFormat registered(CheckFormat{"junit", render});

}  // namespace
}  // namespace harden
