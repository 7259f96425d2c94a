// SPDX-License-Identifier: Apache-2.0
//
// The document that dist/schema/check.schema.json describes.
#include <boost/json/array.hpp>

#include "agent/core/calendar.h"
#include "agent/report/json.h"
#include "agent/report/remedy_lines.h"
#include "agent/report/report.h"

namespace harden {
namespace {

namespace json = boost::json;

json::object evidence_json(const Evidence& evidence) {
  json::object object{{"fact", json_text(evidence.fact)}};
  add_value_or_error(object, evidence.value);
  object["source"] = json_text(evidence.source);
  return object;
}

json::array waivers_json(const std::vector<Waiver>& waivers) {
  json::array array;
  for (const Waiver& waiver : waivers) array.push_back(to_json(waiver));
  return array;
}

json::object struck_json(const Struck& struck) {
  return {{"count", struck.count}, {"last", date_time_text(struck.last)}, {"confidence", to_string(struck.confidence)}};
}

json::object finding_json(const Finding& finding) {
  json::array evidence;
  for (const Evidence& one : finding.evidence) evidence.push_back(evidence_json(one));
  json::array remedies;
  for (const RemedyView& remedy : finding.remedies) remedies.push_back(to_json(remedy));
  return {{"policy", json_text(finding.policy)},
          {"kind", to_string(finding.kind)},
          {"title", json_text(finding.title)},
          {"severity", to_string(finding.severity)},
          {"verdict", to_string(finding.verdict)},
          {"reason", json_text(finding.reason)},
          {"next", json_text(finding.next)},
          {"evidence", std::move(evidence)},
          {"remedies", std::move(remedies)},
          {"struck", finding.struck ? json::value(struck_json(*finding.struck)) : json::value()},
          {"waived", finding.waiver.has_value()},
          {"waiver", finding.waiver ? json::value(to_json(*finding.waiver)) : json::value()}};
}

std::string render(const CheckReport& report, const Style&) {
  json::array findings;
  for (const Finding& finding : report.findings) findings.push_back(finding_json(finding));
  const Summary& summary = report.summary;
  return pretty(json::object{{"schema", kSchemaVersion},
                             {"host", to_json(report.host)},
                             {"findings", std::move(findings)},
                             {"expired_waivers", waivers_json(report.expired)},
                             {"summary",
                              {{"exposed", summary.exposed},
                               {"mitigated", summary.mitigated},
                               {"not_affected", summary.not_affected},
                               {"unknown", summary.unknown},
                               {"waived", summary.waived}}}});
}

const RegisterFormat registered(CheckFormat{"json", render});

}  // namespace
}  // namespace harden
