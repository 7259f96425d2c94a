// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/check.h"

#include <algorithm>

namespace harden::answer {
namespace {

bool is_asked_for(const std::string& policy, Severity severity, const CheckQuery& query) {
  const bool named = query.policies.empty() || std::ranges::find(query.policies, policy) != query.policies.end();
  return named && severity >= query.severity;
}

Summary summary_of(const SharedList<Finding>& findings) {
  Summary summary;
  for (const Finding& finding : findings) {
    switch (finding.verdict) {
      case Verdict::exposed: ++summary.exposed; break;
      case Verdict::mitigated: ++summary.mitigated; break;
      case Verdict::not_affected: ++summary.not_affected; break;
      case Verdict::unknown: ++summary.unknown; break;
    }
    if (finding.waiver) ++summary.waived;
  }
  return summary;
}

void leave_what_is_asked_for(CheckReport& report, const CheckQuery& query) {
  erase_if(report.findings,
           [&](const Finding& finding) { return !is_asked_for(finding.policy, finding.severity, query); });
  std::erase_if(report.expired, [&](const Waiver& waiver) {
    return std::ranges::find(report.findings, waiver.policy, &Finding::policy) == report.findings.end();
  });
  report.summary = summary_of(report.findings);
}

// A finding that fails the check outweighs a bad policy file, and that
// outweighs an unknown: each of them is also told in words. What has struck
// here fails it even where the facts leave it unknown. What is waived counts
// for none of them.
ExitStatus status_of(const CheckReport& report) {
  const auto fails = [&](const Finding& finding) { return is_open_to(finding, report.fail_on); };
  const auto is_unknown = [](const Finding& finding) { return finding.verdict == Verdict::unknown && !finding.waiver; };
  if (std::ranges::any_of(report.findings, fails)) return ExitStatus::findings;
  if (!report.complete) return ExitStatus::bad_data;
  return std::ranges::any_of(report.findings, is_unknown) ? ExitStatus::undecided : ExitStatus::clean;
}

std::vector<std::string> policies_of(const CheckReport& report) {
  std::vector<std::string> ids;
  for (const Finding& finding : report.findings) ids.push_back(finding.policy);
  std::ranges::sort(ids);
  return ids;
}

}  // namespace

std::expected<const Policy*, Refusal> policy_in(const std::vector<Policy>& policies, const std::string& id) {
  const auto found = std::ranges::find(policies, id, &Policy::id);
  if (found != policies.end()) return &*found;
  std::vector<std::string> ids;
  for (const Policy& policy : policies) ids.push_back(policy.id);
  return std::unexpected(unknown_word("policy", id, ids));
}

std::expected<std::vector<Policy>, Refusal> chosen(std::vector<Policy> policies, const CheckQuery& query) {
  for (const std::string& id : query.policies) {
    if (const auto known = policy_in(policies, id); !known) return std::unexpected(known.error());
  }
  std::erase_if(policies, [&](const Policy& policy) { return !is_asked_for(policy.id, policy.severity, query); });
  return policies;
}

Wanted facts_for(const std::vector<Policy>& policies) {
  Wanted wanted = wanted_by(policies);
  for (const char* fact : {"os.pretty_name", "kernel.release", "kernel.vendor", "kernel.package"}) wanted.add(fact);
  return wanted;
}

Answered check_answer(CheckReport report, const CheckQuery& query, CheckGround ground) {
  const auto format = format_in(check_formats(), query.show.format);
  if (!format) return std::unexpected(format.error());
  const std::vector<std::string> known = policies_of(report);
  for (const std::string& id : query.policies) {
    if (!std::ranges::binary_search(known, id)) return std::unexpected(unknown_word("policy", id, known));
  }
  leave_what_is_asked_for(report, query);
  report.fail_on = query.fail_on;
  report.complete = ground.complete;
  const auto own_status = (*format)->status;
  Answer answer = shown((*format)->render(report, query.show.style), query.show.format,
                        own_status == nullptr ? status_of(report) : static_cast<ExitStatus>(own_status(report)));
  answer.warnings = std::move(ground.warnings);
  return answer;
}

Answered explain_answer(const Policy& policy, const Facts& facts, CheckReport report, const Show& show) {
  const auto json = is_json(show.format);
  if (!json) return std::unexpected(json.error());
  const CheckQuery query{{policy.id}, Severity::low, Severity::high, show};
  if (!*json) {
    leave_what_is_asked_for(report, query);
    return shown(explain_text(policy, facts, report, show.style), show.format);
  }
  Answered answer = check_answer(std::move(report), query, {});
  if (answer) answer->status = ExitStatus::clean;
  return answer;
}

std::vector<std::string> warnings_of_nothing(const std::vector<Waiver>& waivers, const std::vector<Policy>& policies) {
  std::vector<std::string> ids;
  for (const Policy& policy : policies) ids.push_back(policy.id);
  std::vector<std::string> warnings;
  for (const Waiver& waiver : waivers_of_nothing(waivers, policies)) {
    const std::string near = nearest(waiver.policy, ids);
    warnings.push_back((waiver.source.empty() ? "" : waiver.source + ": ") + "a waiver names '" + waiver.policy +
                       "', which is no policy" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  return warnings;
}

}  // namespace harden::answer
