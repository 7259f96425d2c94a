// SPDX-License-Identifier: Apache-2.0
//
// Whether this kernel has the bug: the vendor's own word first, then, for
// vendors that follow upstream stable, the upstream ranges. A kernel with a
// frozen base and backports is never compared with upstream ranges.
#include <algorithm>

#include "agent/engine/evidence.h"
#include "agent/policy/range.h"
#include "harden/finding.h"
#include "harden/version.h"

namespace harden {
namespace {

int compare_packages(const std::string& vendor, const std::string& left, const std::string& right) {
  const bool debian_order = vendor == "debian" || vendor == "ubuntu" || vendor == "proxmox";
  return debian_order ? deb_vercmp(left, right) : rpm_vercmp(left, right);
}

std::string vendor_name(const VendorRule& rule) {
  return rule.release.empty() ? rule.distro : rule.distro + " " + rule.release;
}

Applicability by_package(const VendorRule& rule, const std::string& fix, const Facts& facts) {
  const std::string package(text_of(facts, "kernel.package"));
  if (package.empty()) {
    return {Verdict::unknown, "the package version of this " + vendor_name(rule) + " kernel could not be read", {}};
  }
  const bool fixed = compare_packages(rule.distro, package, fix) >= 0;
  const std::string fixed_in = vendor_name(rule) + " fixed it in " + fix;
  if (fixed) return {Verdict::not_affected, fixed_in + ", this kernel is " + package, {}};
  return {Verdict::exposed, fixed_in + ", this kernel is the earlier " + package, {}};
}

Applicability by_vendor(const VendorRule& rule, const Facts& facts) {
  if (rule.fixed) return by_package(rule, *rule.fixed, facts);
  return {rule.verdict.value_or(Verdict::unknown), rule.because + " (" + vendor_name(rule) + ")", {}};
}

Applicability by_upstream(const Affected& affected, const Facts& facts) {
  const Value* upstream = facts.value("kernel.upstream");
  if (upstream == nullptr || !upstream->is(Value::Kind::string)) {
    const std::string why = upstream != nullptr && upstream->is(Value::Kind::unknown)
                                ? describe_missing(upstream->missing())
                                : "not collected";
    return {Verdict::unknown, "whether this kernel has the bug cannot be told from its version: " + why, {}};
  }
  RangeVerdict verdict = judge(affected, upstream->string());
  return {verdict.verdict, std::move(verdict.reason), {}};
}

// Those that are in use, or may be: of some that cannot be told.
std::vector<std::string> livepatches_in_use(const Facts& facts) {
  std::vector<std::string> names;
  const Value* patches = facts.value("kernel.livepatches");
  if (patches == nullptr || !patches->is(Value::Kind::list)) return names;
  for (const Value& patch : patches->list()) {
    if (!patch.is(Value::Kind::map)) continue;
    const Value* enabled = patch.map().find("enabled");
    const Value* name = patch.map().find("name");
    if (enabled == nullptr || *enabled == Value(false)) continue;
    names.push_back(name != nullptr && name->is(Value::Kind::string) ? name->string() : "?");
  }
  return names;
}

// A fix may have come as a live patch, which no version number shows.
void consider_livepatches(Applicability& found, const Facts& facts) {
  if (found.verdict != Verdict::exposed) return;
  const auto names = livepatches_in_use(facts);
  if (names.empty()) return;
  found.verdict = Verdict::unknown;
  found.reason += "; the live patch " + names.front() + " is loaded, and whether it carries the fix cannot be told";
  add_evidence(found.evidence, evidence_for({"kernel.livepatches", {}}, facts));
}

}  // namespace

Applicability applies(const Affected& affected, const Facts& facts) {
  const VendorRule* rule = nullptr;
  if (!affected.vendors.empty()) {
    rule = vendor_rule(affected, text_of(facts, "kernel.vendor"), text_of(facts, "kernel.vendor_release"));
  }
  Applicability found = rule != nullptr ? by_vendor(*rule, facts) : by_upstream(affected, facts);
  found.evidence.reserve(3);
  for (const char* fact : {"kernel.release", rule != nullptr ? "kernel.package" : "kernel.upstream"}) {
    add_evidence(found.evidence, evidence_for({fact, {}}, facts));
  }
  consider_livepatches(found, facts);
  return found;
}

}  // namespace harden
