// SPDX-License-Identifier: Apache-2.0
//
// The document that dist/schema/crash.schema.json describes.
#include <boost/json/array.hpp>
#include <cstdio>

#include "agent/core/calendar.h"
#include "agent/report/crash_report.h"
#include "agent/report/json.h"
#include "agent/report/remedy_lines.h"

namespace harden {
namespace {

namespace json = boost::json;

// Numbers of 64 bits do not survive every reader of JSON.
json::value hex(const std::optional<std::uint64_t>& number) {
  if (!number) return nullptr;
  char text[2 + 16 + 1];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(*number));
  return json::value(text);
}

json::object place_json(const CodePlace& place) {
  return {{"function", json_text(place.function)},
          {"offset", hex(place.offset)},
          {"size", hex(place.size)},
          {"module", json_text(place.module)},
          {"where", json_text(place.where)}};
}

json::object frame_json(const Frame& frame) {
  json::object object = place_json(frame.place);
  object["reliable"] = frame.reliable;
  object["inlined"] = frame.inlined;
  return object;
}

json::array matches_json(const std::vector<CrashMatch>& matches) {
  json::array array;
  for (const CrashMatch& match : matches) {
    array.push_back(json::object{{"policy", json_text(match.policy)},
                                 {"confidence", to_string(match.confidence)},
                                 {"evidence", json_texts(match.evidence)}});
  }
  return array;
}

json::array precursors_json(const std::vector<Precursor>& precursors) {
  json::array array;
  for (const Precursor& precursor : precursors) {
    array.push_back(json::object{
        {"kind", to_string(precursor.kind)}, {"text", json_text(precursor.text)}, {"count", precursor.count}});
  }
  return array;
}

json::object hint_json(const CrashHint& hint) {
  return {{"guilty", json_text(hint.guilty)},       {"where", json_text(hint.guilty_where)},
          {"subsystem", json_text(hint.subsystem)}, {"subsystem_because", json_text(hint.subsystem_because)},
          {"causes", json_texts(hint.causes)},      {"search", json_texts(hint.search)}};
}

template <typename T>
json::value number_or_null(const std::optional<T>& number) {
  return number ? json::value(*number) : json::value();
}

json::object crash_object(const ShownCrash& crash) {
  const CrashRecord& record = crash.record;
  json::array frames;
  for (const Frame& frame : record.frames) frames.push_back(frame_json(frame));
  return {{"title", json_text(record.title)},
          {"alternative_titles", json_texts(record.alternative_titles)},
          {"type", to_string(record.type)},
          {"fingerprint", json_text(crash.fingerprint)},
          {"source", json_text(crash.source)},
          {"boot_id", json_text(crash.boot_id)},
          {"time", crash.time == 0 ? json::value() : json::value(date_time_text(crash.time))},
          {"uptime", number_or_null(record.uptime)},
          {"first", record.first},
          {"corrupted", record.corrupted},
          {"corrupted_why", json_text(record.corrupted_why)},
          {"kernel", json_text(record.kernel)},
          {"kernel_version", json_text(record.kernel_version)},
          {"taint", json_text(record.taint)},
          {"taints", json_texts(record.taints)},
          {"hardware", json_text(record.hardware)},
          {"modules", json_texts(record.modules)},
          {"cpu", number_or_null(record.cpu)},
          {"pid", number_or_null(record.pid)},
          {"comm", json_text(record.comm)},
          {"fault_address", hex(record.fault_address)},
          {"at", record.at ? json::value(place_json(*record.at)) : json::value()},
          {"frames", std::move(frames)},
          {"precursors", precursors_json(record.precursors)},
          {"count", record.count},
          {"line", record.line},
          {"matches", matches_json(crash.matches)},
          {"related", matches_json(crash.related)},
          {"hint", hint_json(crash.hint)}};
}

json::object bug_json(const std::string& policy, const ShownBug& bug) {
  json::array remedies;
  for (const RemedyView& remedy : bug.here.remedies) remedies.push_back(to_json(remedy));
  return {{"policy", json_text(policy)},
          {"title", json_text(bug.title)},
          {"severity", to_string(bug.severity)},
          {"references", json_texts(bug.references)},
          {"verdict", to_string(bug.here.verdict)},
          {"reason", json_text(bug.here.reason)},
          {"next", json_text(bug.here.next)},
          {"remedies", std::move(remedies)}};
}

json::array warnings_json(const std::vector<ShownWarning>& warnings) {
  json::array array;
  for (const ShownWarning& warning : warnings) {
    array.push_back(json::object{{"source", json_text(warning.source)},
                                 {"policy", json_text(warning.match.policy)},
                                 {"evidence", json_texts(warning.match.evidence)}});
  }
  return array;
}

}  // namespace

std::string crash_json(const CrashView& view) {
  json::array crashes;
  for (const ShownCrash& crash : view.crashes) crashes.push_back(crash_object(crash));
  json::array bugs;
  for (const auto& [policy, bug] : view.bugs) bugs.push_back(bug_json(policy, bug));
  json::array unread;
  for (const Error& error : view.unread) unread.push_back(to_json(error));
  return pretty(json::object{{"schema", kSchemaVersion},
                             {"source", json_text(view.source)},
                             {"sources", json_texts(view.sources)},
                             {"host", to_json(view.host)},
                             {"crashes", std::move(crashes)},
                             {"warnings", warnings_json(view.warnings)},
                             {"bugs", std::move(bugs)},
                             {"notes", json_texts(view.notes)},
                             {"unread", std::move(unread)}});
}

const RegisterFormat registered(CrashFormat{"json",
                                            [](const CrashView& view, const Style&) { return crash_json(view); }});

}  // namespace harden
