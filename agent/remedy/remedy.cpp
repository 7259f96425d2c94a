// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/remedy.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace harden {
namespace {

std::map<RemedyKind, RemedyRules>& registry() {
  static std::map<RemedyKind, RemedyRules> rules;
  return rules;
}

}  // namespace

Answer all_of(const std::vector<Answer>& answers) {
  std::vector<Missing> missing;
  for (const Answer& answer : answers) {
    if (answer.yes == false) return Answer::of(false);
    missing.insert(missing.end(), answer.missing.begin(), answer.missing.end());
  }
  const bool all_known = std::ranges::all_of(answers, [](const Answer& answer) { return answer.yes.has_value(); });
  return all_known ? Answer::of(true) : Answer::unknown(std::move(missing));
}

Answer answer_of(const Value& value, const std::string& expression) {
  if (value.is(Value::Kind::boolean)) return Answer::of(value.boolean());
  if (value.is(Value::Kind::unknown)) return Answer::unknown(value.missing());
  const std::string why = value.is(Value::Kind::error) ? value.error() : "not a bool: " + to_text(value);
  return Answer::unknown({{expression, {Errc::malformed, why, expression}}});
}

RegisterRemedyRules::RegisterRemedyRules(const RemedyRules& rules) {
  if (!registry().emplace(rules.kind, rules).second) {
    std::fprintf(stderr, "two remedies of one kind\n");
    std::abort();
  }
}

const RemedyRules& rules_of(RemedyKind kind) { return registry().at(kind); }

}  // namespace harden
