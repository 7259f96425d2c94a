// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/remedies.h"

#include <algorithm>
#include <tuple>

#include "agent/engine/evidence.h"
#include "agent/policy/range.h"

namespace harden {
namespace {

constexpr std::size_t kMostNames = 8;
constexpr std::size_t kLongestName = 100;  // bytes

// Whether a remedy in force would make a verdict `mitigated`. Advice that no
// fact can show is never taken as followed, nor does it leave the verdict open:
// the host is exposed for all that can be seen, and the advice stands beside it.
bool protects(const Remedy& remedy) {
  if (remedy.kind == RemedyKind::advice && !remedy.in_force) return false;
  return remedy.grade == Grade::prevents || remedy.grade == Grade::removes_trigger;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  if (remedy.in_force) return answer_of(remedy.in_force->evaluate(cel::bind(facts)), remedy.in_force->source());
  return rules_of(remedy.kind).in_force(remedy, facts);
}

const Value* field(const Value& record, const char* name) {
  const Value* found = record.map().find(std::string_view(name));
  return found != nullptr && !found->is(Value::Kind::unknown) ? found : nullptr;
}

std::string text_field(const Value& record, const char* name) {
  const Value* found = field(record, name);
  return found != nullptr && found->is(Value::Kind::string) ? found->string() : "";
}

// "sshd [::]:22/tcp", as `ss` writes addresses.
std::string listener_name(const Value& record) {
  const std::string process = text_field(record, "process");
  const std::string address = text_field(record, "address");
  const bool ipv6 = address.contains(':');
  return (process.empty() ? "" : process + " ") + (ipv6 ? "[" + address + "]" : address) + ":" +
         to_text(*field(record, "port")) + "/" + text_field(record, "protocol");
}

// What a person calls one thing of a list fact.
std::string name_of(const Value& thing) {
  if (thing.is(Value::Kind::string)) return thing.string();
  if (!thing.is(Value::Kind::map)) return to_text(thing);
  if (field(thing, "port") != nullptr) return listener_name(thing);
  if (const std::string name = text_field(thing, "name"); !name.empty()) return name;
  const std::string socket = text_field(thing, "socket");
  return socket.empty() ? to_text(thing) : text_field(thing, "engine") + " at " + socket;
}

// Cut between two characters, for a name is whatever somebody gave.
std::string bounded(std::string name) {
  if (name.size() <= kLongestName) return name;
  std::size_t end = kLongestName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U) --end;
  return name.substr(0, end) + "…";
}

// ": sshd [::]:22/tcp, …": whom an impact concerns here.
std::string names_text(const Impact& impact, const Facts& facts) {
  if (!impact.names) return {};
  const Value found = impact.names->evaluate(cel::bind(facts));
  if (!found.is(Value::Kind::list)) return {};
  std::vector<std::string> names;
  for (const Value& thing : found.list()) {
    std::string name = bounded(name_of(thing));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) out += (i == 0 ? ": " : ", ") + names[i];
  if (names.size() > kMostNames) out += " and " + std::to_string(names.size() - kMostNames) + " more";
  return out;
}

void add_impacts(const Remedy& remedy, const Facts& facts, RemedyView& view) {
  view.impacts = rules_of(remedy.kind).price(remedy, facts);
  for (const Impact& impact : remedy.impacts) {
    const Answer applies_here =
        impact.when ? answer_of(impact.when->evaluate(cel::bind(facts)), impact.when->source()) : Answer::of(true);
    if (applies_here.yes == true) view.impacts.push_back(impact.message + names_text(impact, facts));
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
    if (!protects(remedy)) continue;
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
