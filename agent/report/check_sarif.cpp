// SPDX-License-Identifier: Apache-2.0
//
// SARIF 2.1.0 of a check. Policies are rules, findings results. A host has no
// source files: a result's place is the file on the host that its verdict rests
// on, below the base ROOT.
#include "agent/core/calendar.h"
#include "agent/report/json.h"
#include "agent/report/report.h"
#include "agent/report/sarif.h"

namespace harden {
namespace {

namespace json = boost::json;

// What a result is about (section 3.27.9), and how bad (3.27.10).
const char* kind_of(const Finding& finding) {
  switch (finding.verdict) {
    case Verdict::exposed: return "fail";
    case Verdict::unknown: return finding.struck ? "fail" : "open";
    case Verdict::mitigated: return "pass";
    case Verdict::not_affected: return "notApplicable";
  }
  return "open";
}

const char* level_of(const Finding& finding) {
  if (std::string_view(kind_of(finding)) != "fail") return "none";
  switch (finding.severity) {
    case Severity::low: return "note";
    case Severity::medium: return "warning";
    case Severity::high:
    case Severity::critical: break;
  }
  return "error";
}

json::object rule_of(const Finding& finding) {
  return sarif::rule(finding.policy, finding.title,
                     {{"security-severity", sarif::security_severity(finding.severity)},
                      {"severity", to_string(finding.severity)},
                      {"tags", json::array{"security", "reliability", to_string(finding.kind)}}});
}

// The first source of the evidence that is a file.
std::string place_of(const Finding& finding) {
  for (const Evidence& one : finding.evidence) {
    if (one.source.starts_with('/')) return one.source;
  }
  return "/proc/version";
}

json::object properties_of(const Finding& finding) {
  json::array evidence;
  for (const Evidence& one : finding.evidence) {
    json::object object{{"fact", json_text(one.fact)}, {"source", json_text(one.source)}};
    add_value_or_error(object, one.value);
    evidence.push_back(std::move(object));
  }
  json::array remedies;
  for (const RemedyView& remedy : finding.remedies) {
    remedies.push_back({{"name", json_text(remedy.name)},
                        {"grade", to_string(remedy.grade)},
                        {"action", json_text(remedy.action)},
                        {"because", json_text(remedy.because)},
                        {"impacts", json_texts(remedy.impacts)}});
  }
  json::object properties{
      {"verdict", to_string(finding.verdict)}, {"evidence", std::move(evidence)}, {"remedies", std::move(remedies)}};
  if (finding.struck) {
    properties["struck"] = {{"count", finding.struck->count},
                            {"last", date_time_text(finding.struck->last)},
                            {"confidence", to_string(finding.struck->confidence)}};
  }
  return properties;
}

json::object result_of(const Finding& finding, std::size_t rule) {
  std::string message = finding.title + ": " + finding.reason;
  if (finding.struck) message += ". It " + describe(*finding.struck);
  if (!finding.next.empty()) message += ". Next: " + finding.next;
  json::object result{{"ruleId", json_text(finding.policy)},
                      {"ruleIndex", rule},
                      {"kind", kind_of(finding)},
                      {"level", level_of(finding)},
                      {"message", sarif::text_object(message)},
                      {"locations", sarif::locations(place_of(finding), 1)},
                      {"partialFingerprints", {{"hardendPolicy/v1", json_text(finding.policy)}}},
                      {"properties", properties_of(finding)}};
  if (finding.waiver) {
    result["suppressions"] = json::array{
        {{"kind", "external"}, {"status", "accepted"}, {"justification", json_text(describe(*finding.waiver))}}};
  }
  return result;
}

std::string render(const CheckReport& report, const Style&) {
  sarif::Run run{report.host, {}, {}, report.complete, {}};
  for (const Finding& finding : report.findings) {
    run.results.push_back(result_of(finding, run.rules.size()));
    run.rules.push_back(rule_of(finding));
  }
  return sarif::document(std::move(run));
}

const RegisterFormat registered(CheckFormat{"sarif", render});

}  // namespace
}  // namespace harden
