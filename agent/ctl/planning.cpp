// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/planning.h"

#include <CLI/App.hpp>
#include <algorithm>

#include "agent/engine/clashes.h"

namespace harden::ctl {
namespace {

Wanted facts_for(const std::vector<Policy>& policies) {
  Wanted wanted = wanted_by(policies);
  for (const char* fact : {"os.pretty_name", "kernel.release", "kernel.vendor", "kernel.package"}) wanted.add(fact);
  add_clash_facts(wanted);
  return wanted;
}

// Nothing after a complaint.
std::optional<PlanRequest> request_of(const std::vector<Policy>& policies, const PlanOption& option) {
  PlanRequest request{option.ids, {}, option.runtime_only};
  for (const std::string& id : option.ids) {
    if (find_policy(policies, id) == nullptr) return std::nullopt;
  }
  for (const std::string& text : option.remedies) {
    const auto slash = text.find('/');
    if (slash == std::string::npos && option.ids.size() != 1) {
      complain("--remedy " + text + ": say of which policy, as POLICY/" + text);
      return std::nullopt;
    }
    const std::string id = slash == std::string::npos ? option.ids.front() : text.substr(0, slash);
    const std::string name = slash == std::string::npos ? text : text.substr(slash + 1);
    const Policy* policy = find_policy(policies, id);
    if (policy == nullptr) return std::nullopt;
    if (std::ranges::find(policy->remedies, name, &Remedy::name) == policy->remedies.end()) {
      std::string known;
      for (const Remedy& remedy : policy->remedies) known += (known.empty() ? "" : ", ") + remedy.name;
      complain(id + " has no remedy '" + name + "'; it has " + known);
      return std::nullopt;
    }
    request.remedies[id] = name;
    if (std::ranges::find(request.policies, id) == request.policies.end()) request.policies.push_back(id);
  }
  return request;
}

}  // namespace

void PlanOption::add(CLI::App& command) {
  policies.add(command);
  command.add_option("ID", ids, "Policies to plan for (default: every one this host is exposed to)");
  command
      .add_option("--remedy", remedies,
                  "Take this remedy, whatever its grade: POLICY/REMEDY, or REMEDY where one policy is named")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_flag("--runtime-only", runtime_only, "Nothing that survives a boot");
}

std::expected<Plan, ExitStatus> plan_on(const std::shared_ptr<const Host>& host, const PlanOption& option) {
  const auto loaded = option.policies.load();
  if (!loaded) return std::unexpected(give_up(loaded.error()));
  const auto request = request_of(loaded->policies, option);
  if (!request) return std::unexpected(ExitStatus::usage);
  const Facts facts = collect(host, facts_for(loaded->policies));
  return make_plan(loaded->policies, facts, *host, *request);
}

}  // namespace harden::ctl
