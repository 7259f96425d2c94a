// SPDX-License-Identifier: Apache-2.0
//
// The document that dist/schema/sysctl.schema.json describes.
#include <boost/json/array.hpp>

#include "agent/report/json.h"
#include "agent/report/report.h"
#include "agent/sysctl/explain.h"

namespace harden {
namespace {

namespace json = boost::json;

json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return json_text(text);
}

json::object line_json(const sysctl::Line& line) {
  json::object object{{"file", json_text(line.file)}, {"line", line.number}, {"key", json_text(line.written)}};
  object["value"] = line.value ? json::value(json_text(*line.value)) : json::value(nullptr);
  object["role"] = sysctl::to_string(line.role);
  object["effective"] = line.effective;
  object["ignores_failure"] = line.ignores_failure;
  object["by"] = text_or_null(line.by);
  return object;
}

json::value winner_json(const sysctl::Answer& answer) {
  const sysctl::Line* line = answer.winning();
  if (line == nullptr) return nullptr;
  return json::object{
      {"value", json_text(line->value.value_or(""))}, {"file", json_text(line->file)}, {"line", line->number}};
}

json::object verdict_json(const sysctl::Report& report, const sysctl::Verdict& verdict) {
  json::array lines;
  for (const sysctl::Line& line : verdict.answer.lines) lines.push_back(line_json(line));
  json::array malformed;
  for (const sysctl::Malformed& line : verdict.malformed) {
    malformed.push_back(
        json::object{{"file", json_text(line.file)}, {"line", line.number}, {"text", json_text(line.text)}});
  }
  return json::object{{"applier", sysctl::to_string(verdict.use.applier)},
                      {"in_use", verdict.use.in_use},
                      {"because", json_text(verdict.use.because)},
                      {"no_globs", text_or_null(verdict.no_globs)},
                      {"next_boot", winner_json(verdict.answer)},
                      {"interface", text_or_null(sysctl::interface_note(report, verdict))},
                      {"lines", std::move(lines)},
                      {"malformed", std::move(malformed)}};
}

std::string render(const sysctl::Report& report, const Style&) {
  json::array appliers;
  for (const sysctl::Verdict& verdict : report.verdicts) appliers.push_back(verdict_json(report, verdict));
  json::array problems;
  for (const Error& error : report.problems) problems.push_back(to_json(error));
  json::object running;
  if (report.running) {
    running["value"] = json_text(*report.running);
  } else {
    running["error"] = to_json(report.running.error());
  }
  return pretty(json::object{{"schema", kSchemaVersion},
                             {"root", json_text(report.root)},
                             {"key", json_text(report.key)},
                             {"running", std::move(running)},
                             {"module", text_or_null(report.module)},
                             {"appliers", std::move(appliers)},
                             {"complete", report.problems.empty()},
                             {"problems", std::move(problems)}});
}

const RegisterFormat registered(SysctlFormat{"json", render});

}  // namespace
}  // namespace harden
