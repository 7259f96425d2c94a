// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "agent/core/parallel.h"
#include "agent/engine/evidence.h"
#include "agent/engine/order.h"
#include "agent/engine/remedies.h"
#include "harden/finding.h"

namespace harden {
namespace {

// The two questions a verdict is made of, each with its answer in words.
struct Question {
  Answer answer;
  std::string reason;
};

void add_missing(Finding& finding, const std::vector<Missing>& missing) {
  finding.missing.insert(finding.missing.end(), missing.begin(), missing.end());
}

Question kernel_question(const Policy& policy, const Facts& facts, Finding& finding) {
  if (!policy.affected) return {Answer::of(true), ""};
  Applicability found = applies(*policy.affected, facts);
  for (Evidence& evidence : found.evidence) {
    if (evidence.value.is(Value::Kind::unknown)) add_missing(finding, evidence.value.missing());
    add_evidence(finding.evidence, std::move(evidence));
  }
  if (found.verdict == Verdict::exposed) return {Answer::of(true), std::move(found.reason)};
  if (found.verdict == Verdict::not_affected) return {Answer::of(false), std::move(found.reason)};
  return {Answer::unknown({}), std::move(found.reason)};
}

Question condition_question(const Policy& policy, const Facts& facts, Finding& finding) {
  if (!policy.exposed) return {Answer::of(true), ""};
  for (const cel::Reference& reference : policy.exposed->references()) {
    add_evidence(finding.evidence, evidence_for(reference, facts));
  }
  const cel::Decision decision = policy.exposed->decide(cel::bind(facts));
  Answer answer = answer_of(decision.value, policy.exposed->source());
  if (!answer.yes) {
    const std::string missing = describe_missing(answer.missing);
    add_missing(finding, answer.missing);
    return {std::move(answer), "the condition cannot be decided without " + missing};
  }
  return {answer, deciding_leaf(decision)};
}

struct Decision {
  Verdict verdict = Verdict::unknown;
  std::string reason;
};

std::string joined(const std::string& first, const std::string& second) {
  if (first.empty() || second.empty()) return first + second;
  return first + "; " + second;
}

// Both questions open or answered with yes; what the remedies make of it.
Decision decide_by_remedies(const Question& kernel, const Question& condition, const Protection& shield) {
  const bool certain = kernel.answer.yes == true && condition.answer.yes == true;
  std::string reason;
  if (!certain && kernel.answer.yes != true) reason = kernel.reason;
  if (!certain && condition.answer.yes != true) reason = joined(reason, condition.reason);
  if (certain) reason = joined(kernel.reason, condition.reason);
  if (shield.answer.yes == true) {
    return {Verdict::mitigated, joined("the remedy " + shield.remedy->name + " is in force", reason)};
  }
  if (!certain) return {Verdict::unknown, reason};
  if (!shield.answer.yes) {
    return {Verdict::unknown,
            joined(reason, "whether the remedy " + shield.remedy->name + " is in force cannot be told without " +
                               describe_missing(shield.answer.missing))};
  }
  return {Verdict::exposed, reason};
}

Decision decide(const Policy& policy, const Facts& facts, Finding& finding) {
  const Question kernel = kernel_question(policy, facts, finding);
  if (kernel.answer.yes == false) return {Verdict::not_affected, kernel.reason};
  const Question condition = condition_question(policy, facts, finding);
  const Protection shield = protection(policy.remedies, facts);
  add_missing(finding, shield.answer.missing);
  if (condition.answer.yes == false && shield.answer.yes != true) return {Verdict::not_affected, condition.reason};
  return decide_by_remedies(kernel, condition, shield);
}

std::string next_for_unknown(const Finding& finding) {
  const auto denied =
      std::ranges::find_if(finding.missing, [](const Missing& missing) { return missing.error.code == Errc::denied; });
  if (denied != finding.missing.end()) return "run as root, so that " + denied->fact + " can be read";
  return "see what is missing: hardenctl explain " + finding.policy;
}

std::string next_for_exposed(const Finding& finding) {
  const RemedyView* best = best_remedy(finding.remedies);
  if (best == nullptr) return "no remedy is known to help: hardenctl explain " + finding.policy;
  std::string next = best->action + " (" + std::string(to_string(best->grade));
  if (best->needs_reboot) next += ", needs a reboot";
  if (!best->impacts.empty()) next += ", has a price here";
  return next + ")";
}

std::string next_step(const Finding& finding) {
  switch (finding.verdict) {
    case Verdict::exposed: return next_for_exposed(finding);
    case Verdict::unknown: return next_for_unknown(finding);
    case Verdict::mitigated:
    case Verdict::not_affected: return {};
  }
  return {};
}

// Starting a thread costs as much as judging by some dozens of policies.
constexpr std::size_t kManyPolicies = 500;

}  // namespace

int& count_of(Summary& summary, Verdict verdict) {
  switch (verdict) {
    case Verdict::exposed: return summary.exposed;
    case Verdict::mitigated: return summary.mitigated;
    case Verdict::not_affected: return summary.not_affected;
    case Verdict::unknown: break;
  }
  return summary.unknown;
}

HostSummary host_summary(const Facts& facts, const std::string& root) {
  const std::string vendor(text_of(facts, "kernel.vendor"));
  const std::string package(text_of(facts, "kernel.package"));
  return {root, std::string(text_of(facts, "os.pretty_name")), std::string(text_of(facts, "kernel.release")),
          package.empty() ? vendor : vendor + " " + package};
}

std::vector<std::shared_ptr<const Finding>> evaluate_all(const std::vector<Policy>& policies, const Facts& facts) {
  std::vector<std::shared_ptr<const Finding>> findings(policies.size());
  const auto one = [&](std::size_t i) { findings[i] = std::make_shared<const Finding>(evaluate(policies[i], facts)); };
  if (policies.size() >= kManyPolicies) {
    for_each_index(policies.size(), one);
  } else {
    for (std::size_t i = 0; i < policies.size(); ++i) one(i);
  }
  return findings;
}

Finding evaluate(const Policy& policy, const Facts& facts) {
  Finding finding;
  finding.policy = policy.id;
  finding.kind = policy.kind;
  finding.title = policy.title;
  finding.severity = policy.severity;
  finding.evidence.reserve(2 + (policy.exposed ? policy.exposed->references().size() : 0));
  Decision decision = decide(policy, facts, finding);
  finding.verdict = decision.verdict;
  finding.reason = std::move(decision.reason);
  // Where there is nothing to cure, nobody needs to know what a cure would cost.
  if (finding.verdict != Verdict::not_affected) finding.remedies = remedy_views(policy, facts);
  finding.next = next_step(finding);
  return finding;
}

CheckReport check(const std::vector<Policy>& policies, const Facts& facts, const std::string& root) {
  CheckReport report;
  report.host = host_summary(facts, root);
  auto findings = evaluate_all(policies, facts);
  for (const auto& finding : findings) ++count_of(report.summary, finding->verdict);
  sort_worst_first(findings);
  report.findings = SharedList<Finding>(std::move(findings));
  return report;
}

}  // namespace harden
