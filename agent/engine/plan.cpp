// SPDX-License-Identifier: Apache-2.0
#include "harden/plan.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "agent/engine/clashes.h"
#include "agent/engine/digest.h"
#include "agent/engine/evidence.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

// The order in which kinds are carried out: what can be refused comes before
// what only a boot will show.
constexpr std::array kKinds{RemedyKind::sysctl,  RemedyKind::module,  RemedyKind::docker,
                            RemedyKind::cmdline, RemedyKind::upgrade, RemedyKind::advice};

bool is_carried_out(const RemedyView& view) { return rules_of(view.kind).draft != nullptr; }

bool only_when_named(Grade grade) { return grade == Grade::unproven || grade == Grade::ineffective; }

auto price_of(const RemedyView& view) {
  return std::tuple(view.grade, view.impacts.size() + view.possible_impacts.size(), view.needs_reboot,
                    view.irreversible);
}

// Why a remedy is out of the question for the plan; "" where it is not.
std::string reason_against(const RemedyView& view) {
  if (only_when_named(view.grade)) return "planned only when it is named";
  if (!view.obstacle.empty()) return view.obstacle;
  return "";
}

std::string described(const RemedyView& view) { return view.name + " (" + std::string(to_string(view.grade)) + ")"; }

// The best grade with the least impact, of those that hardend can carry out;
// failing these, what a person can do.
const RemedyView* best_of(const std::vector<RemedyView>& views, bool carried_out) {
  const RemedyView* best = nullptr;
  for (const RemedyView& view : views) {
    if (!reason_against(view).empty() || is_carried_out(view) != carried_out) continue;
    if (best == nullptr || price_of(view) < price_of(*best)) best = &view;
  }
  return best;
}

std::string why_chosen(const RemedyView& chosen, const std::vector<RemedyView>& views) {
  const auto others = std::ranges::count_if(views, [&](const RemedyView& view) {
    return &view != &chosen && reason_against(view).empty() && is_carried_out(view) == is_carried_out(chosen);
  });
  if (!is_carried_out(chosen)) return "no remedy can be carried out by hardend on this host; this is left to a person";
  if (others == 0) return "the only remedy that hardend can carry out on this host";
  return "the best grade with the least impact of " + std::to_string(others + 1) + " that can be carried out here";
}

std::string why_passed_over(const RemedyView& view, const RemedyView& chosen) {
  if (const std::string reason = reason_against(view); !reason.empty()) return reason;
  if (!is_carried_out(view) && is_carried_out(chosen)) return "only a person can do it: " + view.action;
  if (view.grade > chosen.grade) return "a lesser grade";
  if (view.grade < chosen.grade) return "a better grade, and not the one asked for";
  const bool dearer =
      view.impacts.size() + view.possible_impacts.size() > chosen.impacts.size() + chosen.possible_impacts.size();
  return dearer ? "breaks more on this host" : view.needs_reboot ? "takes a reboot" : "of equal worth";
}

struct Selection {
  const Policy* policy = nullptr;
  const Remedy* remedy = nullptr;
};

const Remedy* remedy_named(const Policy& policy, const std::string& name) {
  const auto found = std::ranges::find(policy.remedies, name, &Remedy::name);
  return found == policy.remedies.end() ? nullptr : &*found;
}

class Planner {
 public:
  Planner(const std::vector<Policy>& policies, const Facts& facts, const Host& host, const PlanRequest& request)
      : policies_(policies), facts_(facts), host_(host), request_(request) {}

  Plan make() {
    const CheckReport report = check(policies_, facts_, host_.name());
    plan_.host = report.host;
    for (const Finding& finding : report.findings) consider(finding);
    for (const RemedyKind kind : kKinds) draft(kind);
    add_folders();
    add_clashes();
    summarise();
    return std::move(plan_);
  }

 private:
  bool asked_for(const Finding& finding) const {
    if (request_.policies.empty()) return finding.verdict == Verdict::exposed;
    return std::ranges::find(request_.policies, finding.policy) != request_.policies.end();
  }

  void consider(const Finding& finding) {
    if (!asked_for(finding)) return;
    const Policy& policy = *std::ranges::find(policies_, finding.policy, &Policy::id);
    const auto views = remedy_views(policy, facts_);
    const auto named = request_.remedies.find(policy.id);
    if (named != request_.remedies.end()) return take_named(policy, finding, views, named->second);
    if (finding.verdict != Verdict::exposed) return leave(policy, not_exposed(finding));
    const RemedyView* best = best_of(views, true);
    if (best == nullptr) best = best_of(views, false);
    if (best == nullptr) return leave(policy, nothing_helps(views));
    take(policy, finding, views, *best, why_chosen(*best, views), false);
  }

  static std::string not_exposed(const Finding& finding) {
    return "the host is not exposed (" + std::string(to_string(finding.verdict)) +
           "); name a remedy to plan it all the same";
  }

  static std::string nothing_helps(const std::vector<RemedyView>& views) {
    std::string out = "no remedy is worth it here";
    for (const RemedyView& view : views) out += "; " + described(view) + ": " + reason_against(view);
    return out;
  }

  void take_named(const Policy& policy, const Finding& finding, const std::vector<RemedyView>& views,
                  const std::string& name) {
    const auto view = std::ranges::find(views, name, &RemedyView::name);
    if (view == views.end()) return plan_.conflicts.push_back(policy.id + " has no remedy named " + name);
    if (!view->obstacle.empty()) plan_.conflicts.push_back(name + " of " + policy.id + ": " + view->obstacle);
    if (only_when_named(view->grade)) {
      plan_.warnings.push_back(name + " is graded " + std::string(to_string(view->grade)) + ": " + view->because +
                               "; the host stays " + std::string(to_string(finding.verdict)));
    }
    take(policy, finding, views, *view, "asked for by its name", true);
  }

  void take(const Policy& policy, const Finding& finding, const std::vector<RemedyView>& views,
            const RemedyView& chosen, std::string why, bool named) {
    PlannedRemedy planned{policy.id, finding.severity, chosen, std::move(why), named, {}};
    for (const RemedyView& view : views) {
      if (&view != &chosen) planned.passed_over.push_back(described(view) + ": " + why_passed_over(view, chosen));
    }
    plan_.remedies.push_back(std::move(planned));
    selections_.push_back({&policy, remedy_named(policy, chosen.name)});
  }

  void leave(const Policy& policy, std::string because) { plan_.unplanned.push_back({policy.id, std::move(because)}); }

  void draft(RemedyKind kind) {
    std::vector<Chosen> chosen;
    for (const Selection& selection : selections_) {
      if (selection.remedy->kind == kind) chosen.push_back({selection.policy->id, selection.remedy});
    }
    if (chosen.empty()) return;
    if (rules_of(kind).draft == nullptr) return leave_to_a_person(kind);
    Draft draft = rules_of(kind).draft(chosen, {facts_, host_, request_.runtime_only});
    std::ranges::move(draft.changes, std::back_inserter(plan_.changes));
    std::ranges::move(draft.pending, std::back_inserter(plan_.pending));
    for (const std::string& text : draft.warnings) add_once(plan_.warnings, text);
    for (const std::string& text : draft.conflicts) add_once(plan_.conflicts, text);
    for (const std::string& text : draft.by_hand) add_once(plan_.by_hand, text);
  }

  void leave_to_a_person(RemedyKind kind) {
    for (const PlannedRemedy& planned : plan_.remedies) {
      if (planned.view.kind == kind) add_once(plan_.by_hand, planned.view.action + " (" + planned.policy + ")");
    }
  }

  // The folders that new files need, each just before the first file in it, so
  // that what was made is known and can be taken back.
  void add_folders() {
    std::vector<PlannedChange> changes;
    for (PlannedChange& planned : plan_.changes) {
      if (planned.change.layer == Layer::file && planned.change.after) add_folder_of(planned, changes);
      if (planned.change.layer == Layer::file) check_folder_of(planned.change.path);
      changes.push_back(std::move(planned));
    }
    plan_.changes = std::move(changes);
  }

  void add_folder_of(const PlannedChange& planned, std::vector<PlannedChange>& changes) const {
    std::vector<std::string> missing;
    std::string folder = planned.change.path.substr(0, planned.change.path.rfind('/'));
    for (; !folder.empty(); folder.resize(folder.rfind('/'))) {
      const auto kind = host_.kind(folder);
      if (kind || kind.error().code != Errc::absent) break;
      missing.push_back(folder);
    }
    for (auto one = missing.rbegin(); one != missing.rend(); ++one) {
      const bool known =
          std::ranges::any_of(changes, [&](const PlannedChange& other) { return other.change.path == *one; });
      if (known) continue;
      changes.push_back({{Layer::folder, *one, *one, std::nullopt, kFolderThere}, "", planned.policies});
    }
  }

  // What would fail at its write is told before anything is written.
  void check_folder_of(const std::string& path) {
    std::string folder = path.substr(0, path.rfind('/'));
    while (!folder.empty() && !host_.kind(folder)) folder.resize(folder.rfind('/'));
    const auto may = host_.may_write(folder.empty() ? "/" : folder);
    if (may || may.error().code != Errc::denied) return;
    add_once(plan_.conflicts, path + " cannot be written: " + folder + ": " + may.error().message);
  }

  void add_clashes() {
    std::vector<const Remedy*> remedies;
    for (const Selection& selection : selections_) remedies.push_back(selection.remedy);
    for (const std::string& text : clashes(remedies, facts_)) add_once(plan_.conflicts, text);
    for (const std::string& text : futile(remedies)) add_once(plan_.warnings, text);
  }

  void summarise() {
    Digest digest;
    digest.add(host_.name());
    for (const PlannedRemedy& planned : plan_.remedies) {
      const RemedyView& view = planned.view;
      plan_.needs_reboot |= view.needs_reboot;
      plan_.irreversible |= view.irreversible;
      plan_.has_impact |= !view.impacts.empty() || !view.possible_impacts.empty();
      for (const std::string& text : {planned.policy, view.name}) digest.add(text);
      for (const auto* impacts : {&view.impacts, &view.possible_impacts}) {
        for (const std::string& text : *impacts) digest.add(text);
      }
    }
    for (const PlannedChange& planned : plan_.changes) add(planned.change, digest);
    plan_.digest = digest.take();
  }

  static void add(const Change& change, Digest& digest) {
    digest.add(to_string(change.layer));
    digest.add(change.path);
    for (const auto& content : {change.before, change.after}) {
      digest.add(content ? "there" : "not there");
      digest.add(content.value_or(""));
    }
  }

  const std::vector<Policy>& policies_;
  const Facts& facts_;
  const Host& host_;
  const PlanRequest& request_;
  Plan plan_;
  std::vector<Selection> selections_;
};

}  // namespace

Plan make_plan(const std::vector<Policy>& policies, const Facts& facts, const Host& host, const PlanRequest& request) {
  return Planner(policies, facts, host, request).make();
}

}  // namespace harden
