// SPDX-License-Identifier: Apache-2.0
//
// What the policies say about one host: findings, and the report that holds
// them. A pure function of facts and policies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harden/facts.h"
#include "harden/policy.h"
#include "harden/shared_list.h"
#include "harden/strike.h"
#include "harden/waiver.h"

namespace harden {

// One fact that the verdict rests on, as it was seen.
struct Evidence {
  std::string fact;    // "cpu.possible", `sysctl["net.ipv4.tcp_sack"]`
  Value value;         // Kind::unknown where it could not be read
  std::string source;  // where it came from
};

// A remedy, and what it would mean here.
struct RemedyView {
  std::string name;
  RemedyKind kind = RemedyKind::advice;
  Grade grade = Grade::unproven;
  std::string because;
  std::string action;                         // "ipv6.disable=1", "net.ipv4.tcp_sack = 0"
  std::optional<bool> in_force;               // nothing: could not be told
  std::vector<std::string> impacts;           // what it breaks on this host
  std::vector<std::string> possible_impacts;  // impacts whose facts could not be read
  std::string obstacle;                       // why it cannot be applied here; "" where it can
  bool needs_reboot = false;
  bool irreversible = false;  // until the next boot
};

struct Finding {
  std::string policy;
  PolicyKind kind = PolicyKind::crash;
  std::string title;
  Severity severity = Severity::medium;
  Verdict verdict = Verdict::unknown;
  std::string reason;  // a sentence; names what was missing where unknown
  std::string next;    // the one thing to do next; "" where nothing is to do
  std::vector<Evidence> evidence;
  std::vector<Missing> missing;      // what could not be read and might have changed the verdict
  std::vector<RemedyView> remedies;  // empty where the host is not affected
  std::optional<Waiver> waiver;      // in force; it hides nothing
  std::optional<Struck> struck;      // it has struck here, on this kernel
};

struct Summary {
  int exposed = 0;
  int mitigated = 0;
  int not_affected = 0;
  int unknown = 0;
  int waived = 0;
};

struct HostSummary {
  std::string root;     // "/" or the folder of a tree
  std::string os;       // os.pretty_name
  std::string kernel;   // kernel.release
  std::string package;  // vendor and its package version; may be empty
};

struct CheckReport {
  HostSummary host;
  SharedList<Finding> findings;  // worst first
  Summary summary;
  std::vector<Waiver> expired;  // waivers of these findings whose time is over; they count as absent
  // What the reader asked for, and got.
  Severity fail_on = Severity::high;  // exposed findings of at least this severity fail the check
  bool complete = true;               // no file of policies or waivers had a mistake
};

// Whether a kernel is one that a policy is about, and why.
struct Applicability {
  Verdict verdict = Verdict::unknown;  // exposed (affected), not_affected or unknown
  std::string reason;
  std::vector<Evidence> evidence;
};

Applicability applies(const Affected& affected, const Facts& facts);

// What each remedy of a policy would mean on this host, in the policy's order.
std::vector<RemedyView> remedy_views(const Policy& policy, const Facts& facts);

Finding evaluate(const Policy& policy, const Facts& facts);

CheckReport check(const std::vector<Policy>& policies, const Facts& facts, const std::string& root);

// Gives each finding the waiver that is in force for it at `now` (seconds since
// 1970, UTC), of several the one that lasts longest; lists those that are over.
void apply_waivers(CheckReport& report, const std::vector<Waiver>& waivers, std::int64_t now);

// Notes with each finding what of these strikes counts at `now`, and puts the
// findings in order again: of what is exposed or unknown that comes first which
// has struck. A strike on another kernel than the one that runs, one that is
// older than kStrikeSeconds and one that is merely possible count for nothing.
void apply_strikes(CheckReport& report, const std::vector<Strike>& strikes, std::int64_t now);

// Those that name none of these policies, such as a misspelt one.
std::vector<Waiver> waivers_of_nothing(const std::vector<Waiver>& waivers, const std::vector<Policy>& policies);

}  // namespace harden
