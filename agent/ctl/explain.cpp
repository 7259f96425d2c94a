// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/answer/check.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/common.h"
#include "agent/ctl/verb.h"
#include "agent/ctl/waivers.h"
#include "agent/sysctl/explain.h"

namespace harden::ctl {
namespace {

struct Options {
  HostOption host;
  PolicyOption policies;
  StyleOption style;
  StateOption state;
  ClockOption clock;
  DaemonOption daemon;
  std::string id;
  std::string sysctl;
  std::string format = "text";
};

ExitStatus explain_policy(const std::shared_ptr<const Host>& host, const Options& options) {
  const auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  const Policy* policy = find_policy(loaded->policies, options.id);
  if (policy == nullptr) return ExitStatus::usage;
  const Facts facts = collect(host, wanted_by({*policy}));
  CheckReport report = check({*policy}, facts, host->name());
  apply_waivers(report, load_all_waivers(*host, options.host, options.state).waivers, options.clock.now());
  return print(answer::explain_answer(*policy, facts, std::move(report), {"text", options.style.style()}));
}

ExitStatus explain_sysctl(const Host& host, const Options& options) {
  const auto report = sysctl::explain(host, options.sysctl);
  if (!report) {
    complain(describe(report.error()));
    return ExitStatus::usage;
  }
  if (!report->known()) {
    complain("this kernel has no sysctl '" + report->key + "', and no file of sysctl.d sets it");
    for (const Error& error : report->problems) complain("not read: " + describe(error));
    return ExitStatus::failed;
  }
  const auto format = std::ranges::find(sysctl_formats(), options.format, &SysctlFormat::name);
  return print(format->render(*report, options.style.style()));
}

ExitStatus run(const Options& options) {
  if (options.sysctl.empty()) {
    const Question question =
        Question{"GET", "/v1/findings/" + encoded(options.id), {}, "", false}.shown("text", options.style);
    const bool own = is_own(options.host, options.state, options.clock) || options.policies.named();
    if (const auto asked = options.daemon.answer(question, own)) return *asked;
  }
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  return options.sysctl.empty() ? explain_policy(*host, options) : explain_sysctl(**host, options);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->policies.add(command);
  options->style.add(command);
  options->state.add(command);
  options->clock.add(command);
  options->daemon.add(command);
  auto* subject = command.add_option_group("subject");
  subject->add_option("ID", options->id, "A policy");
  auto* sysctl =
      subject->add_option("--sysctl", options->sysctl,
                          "A kernel setting: its value now and at the next boot, and every line that names it");
  sysctl->type_name("KEY")->check([](const std::string& key) { return key.empty() ? "a key is needed" : ""; });
  subject->require_option(1);
  command.add_option("--format", options->format, "How to show a kernel setting")
      ->check(CLI::IsMember(names_of(sysctl_formats())))
      ->needs(sysctl);
  return [options] { return run(*options); };
}

const RegisterVerb registered({"explain", "Say how one policy came to its verdict, or where a sysctl gets its value",
                               add});

}  // namespace
}  // namespace harden::ctl
