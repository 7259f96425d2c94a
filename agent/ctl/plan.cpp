// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>

#include "agent/ctl/backend.h"
#include "agent/ctl/desk.h"
#include "agent/ctl/planning.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  DeskOption desk;
  PlanOption plan;
  StyleOption style;
  DaemonOption daemon;
  std::string format = "text";
};

ExitStatus run(const Options& options) {
  const answer::Show show{options.format, options.style.style()};
  auto question = question_of("/v1/plan", options.plan, {});
  if (!question) return give_up(question.error());
  const bool own = !options.desk.host.root.empty() || options.plan.policies.named();
  const auto asked = options.daemon.answer(std::move(*question).shown(options.format, options.style), own);
  if (asked) return *asked;
  const auto host = options.desk.host.open();
  if (!host) return give_up(host.error());
  settle_what_is_due(**host, options.desk, "hardenctl plan");
  const auto order = order_of(options.plan);
  return order ? print(answer::plan_answer(plan_on(*host, *order), show)) : order.error();
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->desk.add(command);
  options->plan.add(command);
  options->style.add(command);
  options->daemon.add(command);
  command.add_option("--format", options->format, "How to show the plan")
      ->check(CLI::IsMember(names_of(plan_formats())));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"plan", "Show what would be changed, and what it costs here", add});

}  // namespace
}  // namespace harden::ctl
