// SPDX-License-Identifier: Apache-2.0
//
// How results are shown. Each format is one file in this folder, which
// registers itself; `--format NAME` finds it by its name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harden/facts.h"
#include "harden/finding.h"
#include "harden/plan.h"
#include "harden/transact.h"

namespace harden::sysctl {
struct Report;
}

namespace harden {
struct CrashFormat;  // agent/report/crash_report.h
}

namespace harden {

// What the reader's terminal can do. Formats for machines ignore it.
struct Style {
  bool color = false;
  int width = 100;  // columns
};

struct CheckFormat {
  std::string name;  // "text", "json"
  std::string (*render)(const CheckReport& report, const Style& style) = nullptr;
  // The exit status that readers of this format expect; nullptr for hardenctl's own.
  int (*status)(const CheckReport& report) = nullptr;
};

// The facts that were asked for. `whole`: maps of many entries are printed in
// full, because the reader named them.
struct FactsView {
  const Facts& facts;
  std::string root;
  bool whole = false;
};

struct FactsFormat {
  std::string name;
  std::string (*render)(const FactsView& view, const Style& style) = nullptr;
};

// "until 2026-12-31 by NAME: REASON (as FILE says)". Not escaped.
std::string describe(const Waiver& waiver);
// "has struck here 3 times, last on 2026-11-26 (certain)".
std::string describe(const Struck& struck);

// Exposed, or struck where the facts cannot tell; and nobody answers for it.
bool is_open_to(const Finding& finding, Severity least = Severity::low);
// Unknown, without a strike that tells; and nobody answers for it.
bool is_untold(const Finding& finding);

// What `explain --sysctl` shows.
struct SysctlFormat {
  std::string name;
  std::string (*render)(const sysctl::Report& report, const Style& style) = nullptr;
};

// A plan, as `plan` and `apply --dry-run` show it.
struct PlanFormat {
  std::string name;  // "text", "diff", "json"
  std::string (*render)(const Plan& plan, const Style& style) = nullptr;
};

// The transactions of a journal, the newest first. `whole`: one that was asked
// for, with its changes.
struct HistoryView {
  std::vector<Transaction> transactions;
  Moment now;
  bool whole = false;
};

struct HistoryFormat {
  std::string name;
  std::string (*render)(const HistoryView& view, const Style& style) = nullptr;
};

// What was applied and no longer holds.
struct DriftView {
  std::vector<Drift> drifts;
  bool anything_stands = false;  // something was applied and not undone
  std::string root;
};

struct DriftFormat {
  std::string name;
  std::string (*render)(const DriftView& view, const Style& style) = nullptr;
};

// At namespace scope in the format's file.
struct RegisterFormat {
  explicit RegisterFormat(const PlanFormat& format);
  explicit RegisterFormat(const HistoryFormat& format);
  explicit RegisterFormat(const DriftFormat& format);
  explicit RegisterFormat(const CheckFormat& format);
  explicit RegisterFormat(const FactsFormat& format);
  explicit RegisterFormat(const SysctlFormat& format);
  explicit RegisterFormat(const CrashFormat& format);
};

// In the order of their names.
const std::vector<CheckFormat>& check_formats();
const std::vector<FactsFormat>& facts_formats();
const std::vector<SysctlFormat>& sysctl_formats();
const std::vector<PlanFormat>& plan_formats();
const std::vector<HistoryFormat>& history_formats();
const std::vector<DriftFormat>& drift_formats();

// How a transaction ended, in JSON and for a person.
std::string outcome_json(const Outcome& outcome);
std::string outcome_text(const Outcome& outcome, const Style& style);

// Everything about one policy on this host, for a person. The report is of
// this policy alone.
std::string explain_text(const Policy& policy, const Facts& facts, const CheckReport& report, const Style& style);

}  // namespace harden
