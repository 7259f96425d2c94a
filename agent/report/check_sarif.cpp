// SPDX-License-Identifier: Apache-2.0
//
// SARIF 2.1.0 (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0). Policies are
// rules, findings results. A host has no source files: a result's place is the
// file on the host that its verdict rests on, below the base ROOT.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/report/json.h"
#include "agent/report/report.h"

namespace harden {
namespace {

namespace json = boost::json;

constexpr const char* kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

// What a result is about (section 3.27.9), and how bad (3.27.10).
const char* kind_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return "fail";
    case Verdict::unknown: return "open";
    case Verdict::mitigated: return "pass";
    case Verdict::not_affected: return "notApplicable";
  }
  return "open";
}

const char* level_of(const Finding& finding) {
  if (finding.verdict != Verdict::exposed) return "none";
  switch (finding.severity) {
    case Severity::low: return "note";
    case Severity::medium: return "warning";
    case Severity::high:
    case Severity::critical: break;
  }
  return "error";
}

// GitHub sorts by this number, which it takes for a CVSS score; these are the
// middles of CVSS's own ranges for the four words.
const char* security_severity(Severity severity) {
  switch (severity) {
    case Severity::low: return "2.0";
    case Severity::medium: return "5.5";
    case Severity::high: return "8.0";
    case Severity::critical: break;
  }
  return "9.5";
}

json::object text_object(std::string_view text) { return {{"text", json_text(text)}}; }

json::object rule_of(const Finding& finding) {
  return {{"id", json_text(finding.policy)},
          {"shortDescription", text_object(finding.title)},
          {"defaultConfiguration", {{"level", "error"}}},
          {"properties",
           {{"security-severity", security_severity(finding.severity)},
            {"severity", to_string(finding.severity)},
            {"tags", json::array{"security", "reliability", to_string(finding.kind)}}}}};
}

// The first source of the evidence that is a file, as a relative reference with
// everything outside RFC 3986's unreserved characters and '/' encoded.
std::string place_of(const Finding& finding) {
  for (const Evidence& one : finding.evidence) {
    if (!one.source.starts_with('/')) continue;
    std::string uri;
    for (const char c : one.source.substr(1)) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         std::string_view("-._~/").contains(c);
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      if (plain) {
        uri += c;
      } else {
        uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
      }
    }
    return uri;
  }
  return "proc/version";
}

json::array locations_of(const Finding& finding) {
  return {
      {{"physicalLocation",
        {{"artifactLocation", {{"uri", place_of(finding)}, {"uriBaseId", "ROOT"}}}, {"region", {{"startLine", 1}}}}}}};
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
  return {
      {"verdict", to_string(finding.verdict)}, {"evidence", std::move(evidence)}, {"remedies", std::move(remedies)}};
}

json::object result_of(const Finding& finding, std::size_t rule) {
  std::string message = finding.title + ": " + finding.reason;
  if (!finding.next.empty()) message += ". Next: " + finding.next;
  json::object result{{"ruleId", json_text(finding.policy)},
                      {"ruleIndex", rule},
                      {"kind", kind_of(finding.verdict)},
                      {"level", level_of(finding)},
                      {"message", text_object(message)},
                      {"locations", locations_of(finding)},
                      {"partialFingerprints", {{"hardendPolicy/v1", json_text(finding.policy)}}},
                      {"properties", properties_of(finding)}};
  if (finding.waiver) {
    result["suppressions"] = json::array{
        {{"kind", "external"}, {"status", "accepted"}, {"justification", json_text(describe(*finding.waiver))}}};
  }
  return result;
}

json::object tool() { return {{"name", "hardend"}, {"version", HARDEN_VERSION}, {"semanticVersion", HARDEN_VERSION}}; }

std::string render(const CheckReport& report, const Style&) {
  json::array rules;
  json::array results;
  for (const Finding& finding : report.findings) {
    results.push_back(result_of(finding, rules.size()));
    rules.push_back(rule_of(finding));
  }
  json::object driver = tool();
  driver["rules"] = std::move(rules);
  json::object run{{"tool", {{"driver", std::move(driver)}}},
                   {"invocations", json::array{{{"executionSuccessful", report.complete}}}},
                   {"originalUriBaseIds", {{"ROOT", {{"description", text_object("the root of the host looked at")}}}}},
                   {"columnKind", "utf16CodeUnits"},
                   {"properties", {{"host", to_json(report.host)}}},
                   {"results", std::move(results)}};
  return pretty(json::object{{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", json::array{std::move(run)}}});
}

const RegisterFormat registered(CheckFormat{"sarif", render});

}  // namespace
}  // namespace harden
