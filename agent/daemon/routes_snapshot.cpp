// SPDX-License-Identifier: Apache-2.0
//
// What the daemon knows: answered from its snapshot at once.
#include "agent/answer/check.h"
#include "agent/answer/crashes.h"
#include "agent/answer/facts.h"
#include "agent/answer/policies.h"
#include "agent/answer/service.h"
#include "agent/answer/transactions.h"
#include "agent/answer/waivers.h"
#include "agent/daemon/answering.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

bool is_complete(const Snapshot& snapshot) {
  return snapshot.policy_mistakes.empty() && snapshot.waiver_mistakes.empty();
}

std::optional<Severity> severity_of(const Request& request, std::string_view name, Severity otherwise) {
  const auto word = parameter(request, name);
  return word.empty() ? otherwise : severity_from(word);
}

answer::Answered findings_of(const Snapshot& snapshot, const Request& request, const answer::Show& show) {
  const auto severity = severity_of(request, "severity", Severity::low);
  const auto fail_on = severity_of(request, "fail_on", Severity::high);
  if (!severity || !fail_on) {
    return std::unexpected(answer::Refusal{ExitStatus::usage, Errc::invalid,
                                           "severity and fail_on are one of low, medium, high and critical"});
  }
  const answer::CheckQuery query{list_of(parameter(request, "policy")), *severity, *fail_on, show};
  return answer::check_answer(*snapshot.report, query, {is_complete(snapshot), warnings_of(snapshot)});
}

// The policy is what the path ends with.
answer::Answered finding_of(const Snapshot& snapshot, const Request& request, const answer::Show& show) {
  const auto policy = answer::policy_in(*snapshot.policies, request.path.substr(request.path.rfind('/') + 1));
  if (!policy) return std::unexpected(policy.error());
  return answer::explain_answer(**policy, *snapshot.facts, *snapshot.report, show);
}

answer::Answered facts_of(const Snapshot& snapshot, const Request& request, const answer::Show& show) {
  const std::vector<std::string> names = list_of(parameter(request, "name"));
  const std::string& root = snapshot.report->host.root;
  if (names.empty()) return answer::facts_answer(*snapshot.facts, root, false, show);
  const auto wanted = answer::facts_named(names);
  if (!wanted) return std::unexpected(wanted.error());
  const auto facts = answer::only(*snapshot.facts, answer::facts_for(*snapshot.policies), *wanted);
  if (!facts) return std::unexpected(answer::Refusal{ExitStatus::failed, Errc::unsupported, "it was not collected"});
  return answer::facts_answer(*facts, root, true, show);
}

// No policy looks at them, so they are read for whoever asks.
void read_facts(const Call& call, const Reply& reply, const answer::Show& show) {
  const auto wanted = answer::facts_named(list_of(parameter(call.request, "name")));
  if (!wanted) return reply(response_of(wanted.error()));
  const auto done = [reply, show,
                     root = call.services.operations.snapshot()->report->host.root](const Result<Facts>& read) {
    reply(read ? response_of(answer::facts_answer(*read, root, true, show)) : response_of(read.error()));
  };
  call.services.operations.facts(*wanted, done);
}

answer::Answered host_of(const Snapshot& snapshot, const Request&, const answer::Show& show) {
  return answer::host_answer(snapshot.report->host, show);
}

answer::Answered policies_of(const Snapshot& snapshot, const Request&, const answer::Show& show) {
  answer::Answered answer = answer::policies_answer(*snapshot.policies, snapshot.policy_mistakes.empty(), show);
  if (!answer) return answer;
  for (const Diagnostic& one : snapshot.policy_mistakes) answer->warnings.push_back(render(one));
  return answer;
}

answer::Answered waivers_of(const Snapshot& snapshot, const Request&, const answer::Show& show) {
  if (!snapshot.store_trouble.empty()) {
    return std::unexpected(answer::Refusal{ExitStatus::failed, Errc::failed, snapshot.store_trouble});
  }
  answer::Answered answer =
      answer::waivers_answer(snapshot.waivers, snapshot.time / 1000, snapshot.waiver_mistakes.empty(), show);
  if (!answer) return answer;
  for (const Diagnostic& one : snapshot.waiver_mistakes) answer->warnings.push_back(render(one));
  return answer;
}

answer::Answered drift_of(const Snapshot& snapshot, const Request&, const answer::Show& show) {
  if (!snapshot.store_trouble.empty()) {
    return std::unexpected(answer::Refusal{ExitStatus::failed, Errc::failed, snapshot.store_trouble});
  }
  const bool stands = !snapshot.standing.empty();
  answer::Answered answer = answer::drift_answer({snapshot.drifts, stands, snapshot.report->host.root}, show);
  if (answer) answer->warnings = answer::warnings_of(snapshot.standing);
  return answer;
}

answer::Answered crashes_of(const Snapshot& snapshot, const Request&, const answer::Show& show) {
  if (!snapshot.store_trouble.empty()) {
    return std::unexpected(answer::Refusal{ExitStatus::failed, Errc::failed, snapshot.store_trouble});
  }
  const std::vector<KeptCrash> none;
  return answer::crashes_answer(snapshot.crashes ? *snapshot.crashes : none, *snapshot.policies, *snapshot.report,
                                show);
}

void findings(Call call, Reply reply) {
  answer_from_snapshot(call, reply, {"policy", "severity", "fail_on"}, findings_of);
}
void finding(Call call, Reply reply) { answer_from_snapshot(call, reply, {}, finding_of); }
void facts(Call call, Reply reply) { answer_from_snapshot(call, reply, {"name"}, facts_of, read_facts); }
void host(Call call, Reply reply) { answer_from_snapshot(call, reply, {}, host_of); }
void policies(Call call, Reply reply) { answer_from_snapshot(call, reply, {}, policies_of); }
void waivers(Call call, Reply reply) { answer_from_snapshot(call, reply, {}, waivers_of); }
void crashes(Call call, Reply reply) { answer_from_snapshot(call, reply, {}, crashes_of); }
void drift(Call call, Reply reply) { answer_from_snapshot(call, reply, {}, drift_of); }

// Also before there is a snapshot: that the daemon answers is worth knowing.
void health(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {})) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  const Operations& operations = call.services.operations;
  const auto snapshot = operations.snapshot();
  answer::ServiceView view;
  view.service = operations.service();
  view.last_event = operations.last_event();
  view.now = this_moment();
  if (snapshot) {
    view.report = snapshot->report.get();
    view.generation = snapshot->generation;
    view.evaluated = snapshot->evaluated;
    view.evaluation = snapshot->evaluation;
    view.drifts = snapshot->drifts.size();
    view.standing = snapshot->standing;
    view.mistakes = mistakes_of(*snapshot);
  }
  reply(response_of(answer::service_answer(view, *show)));
}

// Collects and judges anew, and answers as GET /v1/findings does then.
void evaluate(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {"policy", "severity", "fail_on"})) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  const auto done = [reply, request = call.request, show = *show](const Result<std::shared_ptr<const Snapshot>>& now) {
    reply(now ? response_of(findings_of(**now, request, show)) : response_of(now.error()));
  };
  call.services.operations.evaluate(done);
}

const RegisterRoutes registered({{"GET", "/v1/health", Role::read, health},
                                 {"GET", "/v1/host", Role::read, host},
                                 {"GET", "/v1/facts", Role::read, facts},
                                 {"GET", "/v1/findings", Role::read, findings},
                                 {"GET", "/v1/findings/{policy}", Role::read, finding},
                                 {"GET", "/v1/policies", Role::read, policies},
                                 {"GET", "/v1/waivers", Role::read, waivers},
                                 {"GET", "/v1/crashes", Role::read, crashes},
                                 {"GET", "/v1/drift", Role::read, drift},
                                 {"POST", "/v1/evaluate", Role::read, evaluate}});

}  // namespace
}  // namespace harden::daemon
