// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <vector>

#include "agent/answer/check.h"
#include "agent/ctl/backend.h"
#include "agent/ctl/desk.h"
#include "agent/ctl/strikes.h"
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
  DaemonOption daemon;
  std::vector<std::string> ids;
  std::string severity = "low";
  std::string fail_on = "high";
  std::string format = "text";
};

answer::CheckQuery query_of(const Options& options) {
  return {options.ids,
          *severity_from(options.severity),
          *severity_from(options.fail_on),
          {options.format, options.style.style()}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ",") + word;
  return list;
}

Question question_of(const Options& options) {
  Question question{"GET",
                    "/v1/findings",
                    {{"policy", joined(options.ids)}, {"severity", options.severity}, {"fail_on", options.fail_on}},
                    "",
                    false};
  return std::move(question).shown(options.format, options.style);
}

// Kept until the process ends, and not taken apart then: that would cost a cold
// check a thirtieth of its time.
template <typename T>
const T& kept(T value) {
  static std::vector<std::unique_ptr<T>>& all = *new std::vector<std::unique_ptr<T>>;
  return *all.emplace_back(std::make_unique<T>(std::move(value)));
}

ExitStatus in_process(const Options& options) {
  const auto host = options.host.open();
  if (!host) return give_up(host.error());
  auto loaded = options.policies.load();
  if (!loaded) return give_up(loaded.error());
  settle_what_is_due(**host, {options.host, options.state, options.clock}, "hardenctl check");
  LoadedWaivers waivers = load_all_waivers(**host, options.host, options.state);
  answer::CheckGround ground{loaded->complete && waivers.complete, unsettled(**host, options.host, options.state)};
  if (loaded->complete) {
    std::ranges::move(answer::warnings_of_nothing(waivers.waivers, loaded->policies),
                      std::back_inserter(ground.warnings));
  }
  const answer::CheckQuery query = query_of(options);
  auto chosen = answer::chosen(std::move(loaded->policies), query);
  if (!chosen) return give_up(chosen.error());
  const auto& policies = kept(std::move(*chosen));
  const Facts& facts = kept(collect(*host, answer::facts_for(policies)));
  CheckReport report = check(policies, facts, (*host)->name());
  apply_waivers(report, waivers.waivers, options.clock.now());
  apply_strikes(report, load_strikes(**host, options.host, options.state), options.clock.now());
  return print(answer::check_answer(std::move(report), query, std::move(ground)));
}

ExitStatus run(const Options& options) {
  const bool own = is_own(options.host, options.state, options.clock) || options.policies.named();
  const auto asked = options.daemon.answer(question_of(options), own);
  return asked ? *asked : in_process(options);
}

Action add(CLI::App& command) {
  const auto options = std::make_shared<Options>();
  options->host.add(command);
  options->policies.add(command);
  options->style.add(command);
  options->state.add(command);
  options->clock.add(command);
  options->daemon.add(command);
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
