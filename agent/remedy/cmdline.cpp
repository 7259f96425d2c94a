// SPDX-License-Identifier: Apache-2.0
//
// Kernel parameters, Documentation/admin-guide/kernel-parameters.rst.
#include <algorithm>

#include "agent/core/text.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

// Many parameters take a list: cgroup.memory=nosocket,nokmem has nokmem.
bool holds(std::string_view seen, std::string_view wanted) {
  if (seen == wanted) return true;
  return std::ranges::any_of(text::split(seen, ','), [&](std::string_view part) { return part == wanted; });
}

Answer one_in_force(std::string_view parameter, const Facts& facts) {
  const Value* all = facts.value("cmdline.params");
  if (all == nullptr) return Answer::unknown({{"cmdline.params", {Errc::failed, "not collected", "cmdline.params"}}});
  if (!all->is(Value::Kind::map)) return Answer::unknown(all->missing());
  const auto equals = parameter.find('=');
  const Value* seen = all->map().find(text::underscored(parameter.substr(0, equals)));
  if (seen == nullptr || !seen->is(Value::Kind::string)) return Answer::of(false);
  const std::string_view wanted = equals == std::string_view::npos ? "" : parameter.substr(equals + 1);
  return Answer::of(holds(seen->string(), wanted));
}

std::string action(const Remedy& remedy) {
  std::string out = "boot with";
  for (const std::string& parameter : remedy.cmdline) out += " " + parameter;
  return out;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  std::vector<Answer> answers;
  for (const std::string& parameter : remedy.cmdline) answers.push_back(one_in_force(parameter, facts));
  return all_of(answers);
}

const RegisterRemedyRules registered{
    {.kind = RemedyKind::cmdline, .needs_reboot = true, .action = action, .in_force = in_force}};

}  // namespace
}  // namespace harden
