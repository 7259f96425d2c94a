// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/planning.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "agent/answer/check.h"
#include "agent/engine/clashes.h"
#include "agent/report/json.h"

namespace harden::ctl {
namespace {

Wanted facts_for(const std::vector<Policy>& policies) {
  Wanted wanted = answer::facts_for(policies);
  add_clash_facts(wanted);
  return wanted;
}

answer::Refusal misuse(std::string message) { return {ExitStatus::usage, Errc::invalid, std::move(message)}; }

}  // namespace

std::expected<PlanRequest, answer::Refusal> request_of(const PlanOption& option) {
  PlanRequest request{option.ids, {}, option.runtime_only};
  for (const std::string& text : option.remedies) {
    const auto slash = text.find('/');
    if (slash == std::string::npos && option.ids.size() != 1) {
      return std::unexpected(misuse("--remedy " + text + ": say of which policy, as POLICY/" + text));
    }
    const std::string id = slash == std::string::npos ? option.ids.front() : text.substr(0, slash);
    const std::string remedy = slash == std::string::npos ? text : text.substr(slash + 1);
    if (const auto named = request.remedies.emplace(id, remedy); !named.second && named.first->second != remedy) {
      return std::unexpected(misuse("--remedy " + text + ": only one remedy of a policy at a time, and " +
                                    named.first->second + " is named too; take them one after the other"));
    }
    if (std::ranges::find(request.policies, id) == request.policies.end()) request.policies.push_back(id);
  }
  return request;
}

std::expected<Question, answer::Refusal> question_of(const std::string& path, const PlanOption& option,
                                                     boost::json::object members) {
  const auto request = request_of(option);
  if (!request) return std::unexpected(request.error());
  boost::json::object remedies;
  for (const auto& [policy, remedy] : request->remedies) remedies[json_text(policy)] = json_text(remedy);
  members["policies"] = json_texts(request->policies);
  members["remedies"] = std::move(remedies);
  members["runtime_only"] = request->runtime_only;
  return Question{"POST", path, {}, boost::json::serialize(members), false};
}

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

std::expected<PlanOrder, ExitStatus> order_of(const PlanOption& option) {
  auto loaded = option.policies.load();
  if (!loaded) return std::unexpected(give_up(loaded.error()));
  auto request = request_of(option);
  if (!request) return std::unexpected(give_up(request.error()));
  if (const auto wrong = answer::objection_to(*request, loaded->policies)) return std::unexpected(give_up(*wrong));
  return PlanOrder{std::move(loaded->policies), std::move(*request)};
}

Plan plan_on(const std::shared_ptr<const Host>& host, const PlanOrder& order) {
  return make_plan(order.policies, collect(host, facts_for(order.policies)), *host, order.request);
}

}  // namespace harden::ctl
