// SPDX-License-Identifier: Apache-2.0
//
// SARIF 2.1.0 of crashes. A crash is a result of the rule that is the known bug
// it surely or likely is, or of one rule for all the others; its place is the
// line of the text that it begins on. Its stack is one of SARIF's (section
// 3.44). Messages without a crash are something to review.
#include <algorithm>

#include "agent/core/calendar.h"
#include "agent/report/crash_report.h"
#include "agent/report/json.h"
#include "agent/report/sarif.h"

namespace harden {
namespace {

namespace json = boost::json;

constexpr const char* kNoBug = "no-known-bug";

class Rules {
 public:
  explicit Rules(const CrashView& view) : view_(view) {}

  std::size_t index_of(const std::string& id) {
    const auto known = std::ranges::find(ids_, id);
    if (known != ids_.end()) return static_cast<std::size_t>(known - ids_.begin());
    ids_.push_back(id);
    rules_.push_back(rule_of(id));
    return ids_.size() - 1;
  }
  json::array take() { return std::move(rules_); }

 private:
  json::object rule_of(const std::string& id) const {
    const auto bug = view_.bugs.find(id);
    const bool known = bug != view_.bugs.end();
    const Severity severity = known ? bug->second.severity : Severity::high;
    const std::string title = known ? bug->second.title : "A crash of the kernel that no policy fits";
    return sarif::rule(id, title,
                       {{"security-severity", sarif::security_severity(severity)},
                        {"severity", to_string(severity)},
                        {"tags", json::array{"reliability", "crash"}}});
  }

  const CrashView& view_;
  std::vector<std::string> ids_;
  json::array rules_;
};

json::array matches_of(const std::vector<CrashMatch>& matches) {
  json::array list;
  for (const CrashMatch& match : matches) {
    list.push_back({{"policy", json_text(match.policy)},
                    {"confidence", to_string(match.confidence)},
                    {"evidence", json_texts(match.evidence)}});
  }
  return list;
}

json::object frame_of(const CodePlace& place) {
  json::array logical{{{"name", json_text(place.function)}, {"fullyQualifiedName", json_text(describe(place))}}};
  json::object frame{{"location", {{"logicalLocations", std::move(logical)}}}};
  if (!place.module.empty()) frame["module"] = json_text(place.module);
  return frame;
}

// Only the frames that the kernel does not doubt.
json::array stacks_of(const CrashRecord& record) {
  json::array frames;
  if (record.at) frames.push_back(frame_of(*record.at));
  for (const Frame& frame : record.frames) {
    if (frame.reliable) frames.push_back(frame_of(frame.place));
  }
  if (frames.empty()) return {};
  return {{{"message", sarif::text_object("innermost first")}, {"frames", std::move(frames)}}};
}

json::object properties_of(const ShownCrash& crash) {
  json::object properties{{"type", to_string(crash.record.type)},
                          {"kernel", json_text(crash.record.kernel)},
                          {"count", crash.record.count},
                          {"corrupted", crash.record.corrupted},
                          {"first", crash.record.first},
                          {"matches", matches_of(crash.matches)},
                          {"causes", json_texts(crash.hint.causes)},
                          {"subsystem", json_text(crash.hint.subsystem)}};
  if (crash.time != 0) properties["notAfter"] = date_time_text(crash.time);
  return properties;
}

bool is_sure(const ShownCrash& crash) {
  return is_known(crash) && crash.matches.front().confidence != Confidence::possible;
}

json::object result_of(const ShownCrash& crash, Rules& rules) {
  const std::string rule = is_sure(crash) ? crash.matches.front().policy : kNoBug;
  json::object result{{"ruleId", json_text(rule)},
                      {"ruleIndex", rules.index_of(rule)},
                      {"kind", "fail"},
                      {"level", is_sure(crash) ? "error" : "warning"},
                      {"message", sarif::text_object(in_one_line(crash))},
                      {"locations", sarif::locations(crash.source, crash.record.line)},
                      {"partialFingerprints", {{"hardendCrash/v1", json_text(crash.fingerprint)}}},
                      {"properties", properties_of(crash)}};
  if (json::array stacks = stacks_of(crash.record); !stacks.empty()) result["stacks"] = std::move(stacks);
  return result;
}

json::object result_of(const ShownWarning& warning, Rules& rules) {
  const std::string& id = warning.match.policy;
  return {{"ruleId", json_text(id)},
          {"ruleIndex", rules.index_of(id)},
          {"kind", "review"},
          {"level", "none"},
          {"message", sarif::text_object("the messages that come before this crash, without the crash")},
          {"locations", sarif::locations(warning.source, 1)},
          {"properties", {{"matches", matches_of({warning.match})}}}};
}

std::string render(const CrashView& view, const Style&) {
  Rules rules(view);
  sarif::Run run{view.host, {}, {}, view.complete, {}};
  for (const ShownCrash& crash : view.crashes) run.results.push_back(result_of(crash, rules));
  for (const ShownWarning& warning : view.warnings) run.results.push_back(result_of(warning, rules));
  for (const Error& error : view.unread) run.unread.push_back(describe(error));
  run.rules = rules.take();
  return sarif::document(std::move(run));
}

const RegisterFormat registered(CrashFormat{"sarif", render});

}  // namespace
}  // namespace harden
