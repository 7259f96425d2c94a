// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/ctl/planning.h"
#include "agent/ctl/verb.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  PlanOption plan;
  StyleOption style;
  std::string format = "text";
};

ExitStatus run(const Options& options) {
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto plan = plan_on(*host, options.plan);
  if (!plan) return plan.error();
  const auto format = std::ranges::find(plan_formats(), options.format, &PlanFormat::name);
  return print(format->render(*plan, options.style.style()),
               plan->conflicts.empty() ? ExitStatus::clean : ExitStatus::failed);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->plan.add(command);
  options->style.add(command);
  command.add_option("--format", options->format, "How to show the plan")
      ->check(CLI::IsMember(names_of(plan_formats())));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"plan", "Show what would be changed, and what it costs here", add});

}  // namespace
}  // namespace harden::ctl
