// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/check.h"
#include "agent/answer/waivers.h"
#include "agent/core/calendar.h"
#include "agent/daemon/answering.h"
#include "agent/daemon/body.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

void add(Call call, Reply reply) {
  Body body(call.request.body);
  const answer::WaiverRequest request{body.required("policy"), body.required("reason"), body.text("owner"),
                                      body.text("until"), body.text("for")};
  if (const auto wrong = body.problem()) return reply(*wrong);
  const auto show = show_of_change(call.request);
  if (!show) return reply(show.error());
  const std::int64_t now = wall_clock();
  auto waiver = answer::waiver_of(request, now);
  if (!waiver) return reply(response_of(waiver.error()));
  const auto snapshot = snapshot_of(call);
  if (!snapshot) return reply(snapshot.error());
  const auto policy = answer::policy_in(*(*snapshot)->policies, waiver->policy);
  if (!policy) return reply(response_of(policy.error()));
  const auto done = [reply, show = *show, now](const Result<Waiver>& added) {
    if (!added) return reply(response_of(added.error()));
    Response response = response_of(answer::waived_answer(*added, now, show));
    if (response.status == 200) response.status = 201;
    reply(std::move(response));
  };
  call.services.operations.add_waiver(std::move(*waiver), caller_of(call.request), done);
}

void remove(Call call, Reply reply) {
  Body body(call.request.body);
  if (const auto wrong = body.problem()) return reply(*wrong);
  const auto show = show_of_change(call.request);
  if (!show) return reply(show.error());
  const std::string& policy = call.parameters.front();
  const auto done = [reply, show = *show, policy](const Result<std::string>& files) {
    reply(files ? response_of(answer::unwaived_answer(policy, *files, show)) : response_of(files.error()));
  };
  call.services.operations.remove_waiver(policy, caller_of(call.request), done);
}

const RegisterRoutes registered({{"POST", "/v1/waivers", Role::apply, add},
                                 {"DELETE", "/v1/waivers/{policy}", Role::apply, remove}});

}  // namespace
}  // namespace harden::daemon
