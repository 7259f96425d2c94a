// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/crashes.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "agent/report/crash_report.h"
#include "agent/report/json.h"
#include "agent/report/terminal.h"
#include "harden/crash_match.h"

namespace harden::answer {
namespace {

namespace json = boost::json;

ShownCrash shown_crash(const KeptCrash& kept) {
  ShownCrash crash;
  crash.record = kept.record;
  crash.record.count = kept.count;
  crash.fingerprint = kept.fingerprint;
  crash.source = kept.source;
  crash.boot_id = kept.boot_id;
  crash.time = kept.last;
  crash.matches = kept.matches;
  crash.hint = look_into(kept.record);
  return crash;
}

// A policy that is gone since the crash was noted is no bug that can be shown.
void add_bug(CrashView& view, const std::string& id, const std::vector<Policy>& policies, const CheckReport& report) {
  const auto policy = std::ranges::find(policies, id, &Policy::id);
  const auto finding = std::ranges::find(report.findings, id, &Finding::policy);
  if (policy == policies.end() || finding == report.findings.end()) return;
  view.bugs[id] = {policy->title, policy->severity, policy->references, *finding};
}

}  // namespace

Answered crashes_answer(const std::vector<KeptCrash>& crashes, const std::vector<Policy>& policies,
                        const CheckReport& report, const Show& show) {
  const auto as_json = is_json(show.format);
  if (!as_json) return std::unexpected(as_json.error());
  CrashView view;
  view.source = "the crashes on record";
  view.host = report.host;
  for (const KeptCrash& kept : crashes) {
    if (std::ranges::find(view.sources, kept.source) == view.sources.end()) view.sources.push_back(kept.source);
    ShownCrash crash = shown_crash(kept);
    for (const CrashMatch& match : crash.matches) add_bug(view, match.policy, policies, report);
    std::erase_if(crash.matches, [&](const CrashMatch& match) { return !view.bugs.contains(match.policy); });
    view.crashes.push_back(std::move(crash));
  }
  return shown(*as_json ? crash_json(view) : crash_text(view, show.style), show.format);
}

Answered acknowledged_answer(const std::string& fingerprint, const Show& show) {
  const auto as_json = is_json(show.format);
  if (!as_json) return std::unexpected(as_json.error());
  if (!*as_json) {
    return shown(plain(fingerprint + " is acknowledged; it counts again when it strikes again") + "\n", show.format);
  }
  return shown(pretty(json::object{{"schema", kSchemaVersion}, {"fingerprint", json_text(fingerprint)}}), show.format);
}

}  // namespace harden::answer
