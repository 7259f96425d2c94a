// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>

#include "agent/ctl/common.h"
#include "agent/ctl/verb.h"
#include "agent/ctl/waivers.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  PolicyOption policies;
  StyleOption style;
  StateOption state;
  ClockOption clock;
  std::string id;
};

ExitStatus run(const Options& options) {
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  const Policy* policy = find_policy(loaded->policies, options.id);
  if (policy == nullptr) return ExitStatus::usage;
  const Facts facts = collect(*host, wanted_by({*policy}));
  CheckReport report = check({*policy}, facts, (*host)->name());
  apply_waivers(report, load_all_waivers(**host, options.host, options.state).waivers, options.clock.now());
  return print(explain_text(*policy, facts, report, options.style.style()));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->policies.add(command);
  options->style.add(command);
  options->state.add(command);
  options->clock.add(command);
  command.add_option("ID", options->id, "A policy")->required();
  return [options] { return run(*options); };
}

const RegisterVerb registered({"explain", "Say how one policy came to its verdict, and what each remedy is worth",
                               add});

}  // namespace
}  // namespace harden::ctl
