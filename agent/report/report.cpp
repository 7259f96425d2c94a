// SPDX-License-Identifier: Apache-2.0
#include "agent/report/report.h"

#include <algorithm>

#include "agent/core/calendar.h"
#include "agent/report/crash_report.h"

namespace harden {
namespace {

template <typename Format>
std::vector<Format>& registry() {
  static std::vector<Format> formats;
  return formats;
}

template <typename Format>
void add(const Format& format) {
  auto& formats = registry<Format>();
  formats.insert(std::ranges::upper_bound(formats, format.name, {}, &Format::name), format);
}

}  // namespace

RegisterFormat::RegisterFormat(const CheckFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const FactsFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const SysctlFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const CrashFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const PlanFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const HistoryFormat& format) { add(format); }
RegisterFormat::RegisterFormat(const DriftFormat& format) { add(format); }

std::string describe(const Waiver& waiver) {
  std::string text = "until " + until_text(waiver.until);
  if (!waiver.owner.empty()) text += " by " + waiver.owner;
  text += ": " + waiver.reason;
  if (!waiver.source.empty()) text += " (as " + waiver.source + " says)";
  return text;
}

std::string describe(const Struck& struck) {
  const std::string day = date_time_text(struck.last).substr(0, 10);
  const std::string times = struck.count == 1 ? "once, on " : std::to_string(struck.count) + " times, last on ";
  return "has struck here " + times + day + " (" + std::string(to_string(struck.confidence)) + ")";
}

bool is_open_to(const Finding& finding, Severity least) {
  const bool struck = finding.verdict == Verdict::unknown && finding.struck;
  return (finding.verdict == Verdict::exposed || struck) && finding.severity >= least && !finding.waiver;
}

bool is_untold(const Finding& finding) {
  return finding.verdict == Verdict::unknown && !finding.struck && !finding.waiver;
}

const std::vector<CheckFormat>& check_formats() { return registry<CheckFormat>(); }
const std::vector<FactsFormat>& facts_formats() { return registry<FactsFormat>(); }
const std::vector<PlanFormat>& plan_formats() { return registry<PlanFormat>(); }
const std::vector<HistoryFormat>& history_formats() { return registry<HistoryFormat>(); }
const std::vector<DriftFormat>& drift_formats() { return registry<DriftFormat>(); }
const std::vector<SysctlFormat>& sysctl_formats() { return registry<SysctlFormat>(); }
const std::vector<CrashFormat>& crash_formats() { return registry<CrashFormat>(); }

}  // namespace harden
