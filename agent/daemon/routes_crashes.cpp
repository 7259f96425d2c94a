// SPDX-License-Identifier: Apache-2.0
#include "agent/answer/crashes.h"
#include "agent/daemon/answering.h"
#include "agent/daemon/body.h"
#include "agent/daemon/problem.h"

namespace harden::daemon {
namespace {

void acknowledge(Call call, Reply reply) {
  Body body(call.request.body);
  if (const auto wrong = body.problem()) return reply(*wrong);
  const auto show = show_of_change(call.request);
  if (!show) return reply(show.error());
  const std::string& fingerprint = call.parameters.front();
  const auto done = [reply, show = *show, fingerprint](const Result<>& acknowledged) {
    reply(acknowledged ? response_of(answer::acknowledged_answer(fingerprint, show))
                       : response_of(acknowledged.error()));
  };
  call.services.operations.acknowledge(fingerprint, caller_of(call.request), done);
}

const RegisterRoutes registered({{"POST", "/v1/crashes/{fingerprint}/acknowledge", Role::apply, acknowledge}});

}  // namespace
}  // namespace harden::daemon
