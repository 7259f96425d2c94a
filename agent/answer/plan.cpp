// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/plan.h"

#include <algorithm>

#include "agent/answer/check.h"
#include "agent/answer/transactions.h"

namespace harden::answer {
namespace {

std::string first_impact(const Plan& plan) {
  for (const PlannedRemedy& planned : plan.remedies) {
    for (const auto* impacts : {&planned.view.impacts, &planned.view.possible_impacts}) {
      if (!impacts->empty()) return impacts->front();
    }
  }
  return {};
}

std::string by_hand_text(const Plan& plan) {
  std::string text = "left to do by hand:";
  for (const std::string& step : plan.by_hand) text += "\n  - " + step;
  return text;
}

}  // namespace

bool moved_on(const Plan& plan, const Consent& consent) {
  return !consent.digest.empty() && consent.digest != plan.digest;
}

std::string objection(const Plan& plan, const Consent& consent) {
  if (moved_on(plan, consent)) {
    return "the host has moved on: the plan's digest is " + plan.digest + " now; look at it again";
  }
  if (!plan.conflicts.empty()) return "nothing was changed: " + plan.conflicts.front();
  if (plan.has_impact && !consent.accept_impact) {
    return "nothing was changed: the plan has a price on this host (" + first_impact(plan) +
           "); --accept-impact takes it";
  }
  if (plan.irreversible && !consent.accept_irreversible) {
    return "nothing was changed: the plan cannot be taken back before the next boot; --accept-irreversible takes that";
  }
  return {};
}

std::optional<Refusal> objection_to(const PlanRequest& request, const std::vector<Policy>& policies) {
  for (const std::string& id : request.policies) {
    if (const auto known = policy_in(policies, id); !known) return known.error();
  }
  for (const auto& [id, name] : request.remedies) {
    const auto policy = policy_in(policies, id);
    if (!policy) return policy.error();
    const std::vector<Remedy>& remedies = (*policy)->remedies;
    if (std::ranges::find(remedies, name, &Remedy::name) != remedies.end()) continue;
    std::string known;
    for (const Remedy& remedy : remedies) known += (known.empty() ? "" : ", ") + remedy.name;
    return Refusal{ExitStatus::usage, Errc::absent, id + " has no remedy '" + name + "'; it has " + known};
  }
  return std::nullopt;
}

Answered plan_answer(const Plan& plan, const Show& show) {
  const auto format = format_in(plan_formats(), show.format);
  if (!format) return std::unexpected(format.error());
  return shown((*format)->render(plan, show.style), show.format,
               plan.conflicts.empty() ? ExitStatus::clean : ExitStatus::failed);
}

Answered dry_run_answer(const Plan& plan, const Consent& consent, const Show& show) {
  Answered answer = plan_answer(plan, show);
  if (!answer) return answer;
  answer->status = ExitStatus::clean;
  const std::string why = objection(plan, consent);
  if (why.empty()) return answer;
  answer->status = ExitStatus::failed;
  answer->warnings.push_back("it would not be applied so: " + why);
  return answer;
}

Answered applied_answer(const Plan& plan, const Outcome& outcome, const Show& show) {
  const bool pending = outcome.state == TransactionState::applied;
  Answered answer = outcome_answer(outcome, pending ? outcome.state : TransactionState::confirmed, show);
  const bool done = pending || outcome.state == TransactionState::confirmed;
  if (answer && plan.changes.empty()) {
    for (const Unplanned& one : plan.unplanned) answer->warnings.push_back(one.policy + ": " + one.because);
  }
  if (answer && done && !plan.by_hand.empty()) answer->warnings.push_back(by_hand_text(plan));
  return answer;
}

}  // namespace harden::answer
