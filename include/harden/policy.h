// SPDX-License-Identifier: Apache-2.0
//
// A policy: what one TOML file says about one known crash bug or one setting.
// policies/README.md describes the file; this is what is left after reading.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harden/cel.h"
#include "harden/collector.h"
#include "harden/host.h"
#include "harden/remedy.h"

namespace harden {

enum class PolicyKind { crash, setting };
enum class Severity { low, medium, high, critical };
enum class Verdict { exposed, mitigated, not_affected, unknown };

std::string_view to_string(PolicyKind kind);
std::string_view to_string(Severity severity);
std::string_view to_string(Verdict verdict);
std::optional<Severity> severity_from(std::string_view word);
std::optional<Verdict> verdict_from(std::string_view word);

// Where a branch of upstream releases got its fix. Mostly one release; where
// the exact one is not established, the two ends of what is: `earliest` is
// the first release that may have it, `latest` the first that surely has.
struct FixedIn {
  std::string earliest;               // "4.4.114", "4.11", "2.6.35"
  std::optional<std::string> latest;  // equal where it is established; nothing: no release surely has it
};

// What a vendor's own package says beats the upstream ranges.
struct VendorRule {
  std::string distro;                // as `kernel.vendor`: "rhel", "debian", "ubuntu", "sles", ...
  std::string release;               // as `kernel.vendor_release`: "7", "12", "22.04"; "" for all
  std::optional<std::string> fixed;  // the first fixed package version
  std::optional<Verdict> verdict;    // exposed ("affected"), not_affected or unknown
  std::string because;
};

struct Affected {
  std::vector<std::string> introduced;  // mainline, and stable releases that took the bug by backport
  std::vector<FixedIn> fixed;           // one per stable branch, mainline last; empty: not fixed anywhere
  std::vector<VendorRule> vendors;
};

// A file of kernel text that shows the crash, as `policy test` looks for it.
struct CrashSample {
  std::string file;  // "ip6mr-sk-done.el7.log"
  Position at;
};

struct CrashSignature {
  std::vector<std::string> titles;      // syzkaller's wording; a '*' stands for any text
  std::vector<std::string> frames;      // functions, innermost first
  std::vector<std::string> precursors;  // RE2, over one kernel message each
  std::vector<CrashSample> samples;
};

// A case the policy must get right: a machine of tests/hosts, or one with some
// facts put in place of its own.
struct Example {
  std::string host;
  Verdict verdict = Verdict::unknown;
  std::map<std::string, Value> facts;   // "cpu.possible", `sysctl["net.ipv4.tcp_sack"]`
  std::vector<std::string> unreadable;  // facts taken as denied
  Position at;
};

struct Policy {
  std::string id;
  PolicyKind kind = PolicyKind::crash;
  std::string title;
  Severity severity = Severity::medium;
  std::string description;
  std::vector<std::string> references;
  std::vector<std::string> aliases;
  std::optional<Affected> affected;     // nothing: every kernel
  std::optional<cel::Program> exposed;  // nothing: every affected host
  std::optional<CrashSignature> crash;
  std::vector<Remedy> remedies;
  std::vector<Example> examples;
  std::string file;
};

// The names a policy's expressions may use: every declared fact.
std::vector<cel::Variable> policy_variables();

// One policy from the text of its file: any bytes, at most 1 MiB. Every mistake
// at once, in the order of the file; of syntax errors the first. Where `file`
// ends in ".toml", its name must be the policy's id.
std::expected<Policy, Diagnostics> parse_policy(std::string_view text, const std::string& file,
                                                const std::vector<cel::Variable>& variables);

// The policies of a folder, with what is wrong in their files.
struct PolicySet {
  std::vector<Policy> policies;              // by id, each id once
  Diagnostics diagnostics;                   // of files that are not among `policies`
  std::map<std::string, std::string> texts;  // of every file read, by the `file` of policies and diagnostics
};

// Reads DIRECTORY/*.toml and DIRECTORY/*/*.toml, links followed, at most
// 20,000 files; one that is bad does not stop the others. Of two files with
// the same id the first is kept.
PolicySet load_policies(const Host& host, const std::string& directory);

// The facts that evaluating these policies and their remedies may look at.
Wanted wanted_by(const std::vector<Policy>& policies);

}  // namespace harden
