// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>

#include "agent/ctl/common.h"
#include "agent/ctl/desk.h"
#include "agent/ctl/verb.h"
#include "agent/ctl/waivers.h"
#include "harden/finding.h"

namespace harden::ctl {
namespace {

const std::vector<std::string> kSeverities{"low", "medium", "high", "critical"};

struct Options {
  HostOption host;
  PolicyOption policies;
  StyleOption style;
  StateOption state;
  ClockOption clock;
  std::vector<std::string> ids;
  std::string severity = "low";
  std::string fail_on = "high";
  std::string format = "text";
};

// The policies that were asked for; nothing after a complaint about an id.
std::optional<std::vector<Policy>> chosen(std::vector<Policy> policies, const Options& options) {
  for (const std::string& id : options.ids) {
    if (find_policy(policies, id) == nullptr) return std::nullopt;
  }
  const Severity least = *severity_from(options.severity);
  std::erase_if(policies, [&](const Policy& policy) {
    const bool named = options.ids.empty() || std::ranges::find(options.ids, policy.id) != options.ids.end();
    return !named || policy.severity < least;
  });
  return policies;
}

// A finding that fails the check outweighs a bad policy file, and that
// outweighs an unknown: each of them is also told in words. What is waived
// counts for none of them.
ExitStatus status_of(const CheckReport& report, Severity fail_on, bool complete) {
  const auto any = [&](Verdict verdict, Severity least) {
    return std::ranges::any_of(report.findings, [&](const Finding& finding) {
      return finding.verdict == verdict && finding.severity >= least && !finding.waiver;
    });
  };
  if (any(Verdict::exposed, fail_on)) return ExitStatus::findings;
  if (!complete) return ExitStatus::bad_data;
  return any(Verdict::unknown, Severity::low) ? ExitStatus::undecided : ExitStatus::clean;
}

Wanted facts_for(const std::vector<Policy>& policies) {
  Wanted wanted = wanted_by(policies);
  for (const char* fact : {"os.pretty_name", "kernel.release", "kernel.vendor", "kernel.package"}) wanted.add(fact);
  return wanted;
}

ExitStatus run(const Options& options) {
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  const LoadedWaivers waivers = load_all_waivers(**host, options.host, options.state);
  warn_of_unsettled(**host, options.host, options.state);
  if (loaded->complete) complain_of_nothing(waivers.waivers, loaded->policies);
  const auto policies = chosen(std::move(loaded->policies), options);
  if (!policies) return ExitStatus::usage;
  const Facts facts = collect(*host, facts_for(*policies));
  CheckReport report = check(*policies, facts, (*host)->name());
  apply_waivers(report, waivers.waivers, options.clock.now());
  const auto format = std::ranges::find(check_formats(), options.format, &CheckFormat::name);
  return print(format->render(report, options.style.style()),
               status_of(report, *severity_from(options.fail_on), loaded->complete && waivers.complete));
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->policies.add(command);
  options->style.add(command);
  options->state.add(command);
  options->clock.add(command);
  command.add_option("--policy", options->ids, "Only this policy; may be given again")->type_name("ID");
  command.add_option("--severity", options->severity, "Only policies of at least this severity")
      ->check(CLI::IsMember(kSeverities));
  command.add_option("--fail-on", options->fail_on, "Exit with 2 from this severity on (default: high)")
      ->check(CLI::IsMember(kSeverities));
  command.add_option("--format", options->format, "How to show the findings")
      ->check(CLI::IsMember(names_of(check_formats())));
  return [options] { return run(*options); };
}

const RegisterVerb registered({"check", "Judge this host by every policy", add});

}  // namespace
}  // namespace harden::ctl
