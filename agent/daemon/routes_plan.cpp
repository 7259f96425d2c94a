// SPDX-License-Identifier: Apache-2.0
//
// Plans, and carrying them out.
#include <algorithm>

#include "agent/answer/plan.h"
#include "agent/daemon/answering.h"
#include "agent/daemon/body.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

constexpr std::int64_t kLongestWait = std::int64_t{10} * 365 * 86'400;  // as parse_duration has it

// What a body asks for, for a plan and for its application.
struct Asked {
  PlanRequest request;
  answer::Consent consent;
  bool dry_run = false;
  std::optional<std::int64_t> confirm_within;
};

Asked plan_members(Body& body) {
  Asked asked;
  asked.request = {body.texts("policies"), body.text_map("remedies"), body.flag("runtime_only")};
  asked.consent = {body.text("digest"), body.flag("accept_impact"), body.flag("accept_irreversible")};
  // A remedy that is named is wanted, whether or not its policy is.
  for (const auto& [policy, remedy] : asked.request.remedies) {
    auto& policies = asked.request.policies;
    if (std::ranges::find(policies, policy) == policies.end()) policies.push_back(policy);
  }
  return asked;
}

// What is wrong with the request as the policies are now.
std::optional<Response> objection_to(const Call& call, const PlanRequest& request) {
  const auto snapshot = snapshot_of(call);
  if (!snapshot) return snapshot.error();
  const auto wrong = answer::objection_to(request, *(*snapshot)->policies);
  return wrong ? std::optional(response_of(*wrong)) : std::nullopt;
}

// Refused: nothing was begun. The digest of the plan as it is now comes along.
Response refusal_of(const Applied& applied) {
  Response response =
      problem(applied.moved_on ? 409 : 422, applied.refused,
              applied.moved_on ? "look at the plan again (POST /v1/plan), then apply its digest"
                               : "the plan says what it breaks and what stands in its way (POST /v1/plan)",
              R"("code":"refused","digest":")" + applied.plan.digest + "\"");
  response.headers.emplace_back("Hardend-Exit-Status", std::to_string(static_cast<int>(ExitStatus::failed)));
  return response;
}

void plan(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {})) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  Body body(call.request.body);
  Asked asked = plan_members(body);
  asked.dry_run = body.flag("dry_run");
  if (const auto wrong = body.problem()) return reply(*wrong);
  if (auto wrong = objection_to(call, asked.request)) return reply(std::move(*wrong));
  const auto done = [reply, show = *show, dry_run = asked.dry_run, consent = asked.consent](const Result<Plan>& plan) {
    if (!plan) return reply(response_of(plan.error()));
    reply(response_of(dry_run ? answer::dry_run_answer(*plan, consent, show) : answer::plan_answer(*plan, show)));
  };
  call.services.operations.plan(std::move(asked.request), done);
}

void apply(Call call, Reply reply) {
  if (auto odd = odd_parameter(call.request, {})) return reply(std::move(*odd));
  const auto show = show_of(call.request);
  if (!show) return reply(show.error());
  Body body(call.request.body);
  Asked asked = plan_members(body);
  asked.confirm_within = body.integer("confirm_within", 1, kLongestWait);
  (void)body.required("digest");
  if (const auto wrong = body.problem()) return reply(*wrong);
  // Nothing is to be begun that could not be told about.
  if (show->format != "json" && show->format != "text")
    return reply(bad_parameter("format", show->format, "json or text"));
  if (auto wrong = objection_to(call, asked.request)) return reply(std::move(*wrong));
  const auto done = [reply, show = *show](const Result<Applied>& applied) {
    if (!applied) return reply(response_of(applied.error()));
    if (!applied->refused.empty()) return reply(refusal_of(*applied));
    reply(response_of(answer::applied_answer(applied->plan, applied->outcome, show)));
  };
  ApplyOrder order{std::move(asked.request), asked.consent.digest, asked.consent.accept_impact,
                   asked.consent.accept_irreversible, asked.confirm_within};
  call.services.operations.apply(std::move(order), caller_of(call.request), done);
}

const RegisterRoutes registered({{"POST", "/v1/plan", Role::read, plan}, {"POST", "/v1/apply", Role::apply, apply}});

}  // namespace
}  // namespace harden::daemon
