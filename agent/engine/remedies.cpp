// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/remedies.h"

#include <algorithm>
#include <tuple>

#include "agent/engine/evidence.h"
#include "agent/policy/range.h"

namespace harden {
namespace {

bool protects(Grade grade) { return grade == Grade::prevents || grade == Grade::removes_trigger; }

Answer in_force(const Remedy& remedy, const Facts& facts) {
  if (remedy.in_force) return answer_of(remedy.in_force->evaluate(cel::bind(facts)), remedy.in_force->source());
  return rules_of(remedy.kind).in_force(remedy, facts);
}

void add_impacts(const Remedy& remedy, const Facts& facts, RemedyView& view) {
  view.impacts = rules_of(remedy.kind).price(remedy);
  for (const Impact& impact : remedy.impacts) {
    const Answer applies_here =
        impact.when ? answer_of(impact.when->evaluate(cel::bind(facts)), impact.when->source()) : Answer::of(true);
    if (applies_here.yes == true) view.impacts.push_back(impact.message);
    if (!applies_here.yes) {
      view.possible_impacts.push_back(impact.message + " (not known here: " + describe_missing(applies_here.missing) +
                                      ")");
    }
  }
}

const VendorRule* rule_here(const Policy& policy, const Facts& facts) {
  if (!policy.affected) return nullptr;
  return vendor_rule(*policy.affected, text_of(facts, "kernel.vendor"), text_of(facts, "kernel.vendor_release"));
}

// An upgrade is told by the one release that counts on this host: that of the
// vendor, or that of the branch which runs.
std::string upgrade_action(const Policy& policy, const Facts& facts, std::string in_words) {
  const VendorRule* rule = rule_here(policy, facts);
  if (rule != nullptr && rule->fixed) return "upgrade the kernel to " + *rule->fixed + " or later";
  if (rule != nullptr || !policy.affected) return in_words;
  const auto release = fixed_release_for(*policy.affected, text_of(facts, "kernel.upstream"));
  return release ? "upgrade to a kernel based on " + *release + " or later" : in_words;
}

std::string upgrade_obstacle(const Policy& policy, const Facts& facts) {
  const VendorRule* rule = rule_here(policy, facts);
  if (rule == nullptr || rule->fixed || rule->verdict != Verdict::exposed) return {};
  const std::string vendor = rule->release.empty() ? rule->distro : rule->distro + " " + rule->release;
  return "no build of " + vendor + " is known to have the fix";
}

RemedyView view_of(const Policy& policy, const Remedy& remedy, const Facts& facts) {
  const RemedyRules& rules = rules_of(remedy.kind);
  RemedyView view;
  view.name = remedy.name;
  view.kind = remedy.kind;
  view.grade = remedy.grade;
  view.because = remedy.because;
  view.action = rules.action(remedy);
  view.in_force = in_force(remedy, facts).yes;
  view.obstacle = rules.obstacle(remedy, facts);
  view.needs_reboot = rules.needs_reboot;
  view.irreversible = rules.irreversible(remedy);
  if (remedy.kind == RemedyKind::upgrade) {
    view.action = upgrade_action(policy, facts, std::move(view.action));
    view.obstacle = upgrade_obstacle(policy, facts);
  }
  add_impacts(remedy, facts, view);
  return view;
}

auto price_of(const RemedyView& view) {
  return std::tuple(view.grade, !view.obstacle.empty(), view.kind == RemedyKind::advice,
                    view.impacts.size() + view.possible_impacts.size(), view.needs_reboot, view.irreversible);
}

}  // namespace

Protection protection(const std::vector<Remedy>& remedies, const Facts& facts) {
  Protection found;
  for (const Remedy& remedy : remedies) {
    if (!protects(remedy.grade)) continue;
    const Answer answer = in_force(remedy, facts);
    if (answer.yes == true) return {answer, &remedy};
    if (!answer.yes && found.remedy == nullptr) found = {answer, &remedy};
  }
  return found;
}

std::vector<RemedyView> remedy_views(const Policy& policy, const Facts& facts) {
  std::vector<RemedyView> views;
  for (const Remedy& remedy : policy.remedies) views.push_back(view_of(policy, remedy, facts));
  return views;
}

const RemedyView* best_remedy(const std::vector<RemedyView>& views) {
  const RemedyView* best = nullptr;
  for (const RemedyView& view : views) {
    if (view.grade == Grade::unproven || view.grade == Grade::ineffective) continue;
    if (best == nullptr || price_of(view) < price_of(*best)) best = &view;
  }
  return best;
}

}  // namespace harden
