// SPDX-License-Identifier: Apache-2.0
//
// Sysctls: Documentation/admin-guide/sysctl/. A value is compared as a number
// where both sides are one, else as text with white space folded, which is
// how the kernel itself reads it back.
#include <algorithm>
#include <array>

#include "agent/core/text.h"
#include "agent/remedy/remedy.h"

namespace harden {
namespace {

using Compare = SysctlWant::Compare;

struct OneWay {
  std::string_view key;
  std::string_view value;
};

// Writing these values is refused, or has no way back, until the next boot.
constexpr std::array<OneWay, 4> kOneWay{{
    {"kernel.modules_disabled", "1"},
    {"kernel.kexec_load_disabled", "1"},
    {"kernel.unprivileged_bpf_disabled", "1"},
    {"kernel.yama.ptrace_scope", "3"},
}};

std::string_view word_for(Compare compare) {
  switch (compare) {
    case Compare::equal: return "=";
    case Compare::at_least: return ">=";
    case Compare::at_most: return "<=";
  }
  return "=";
}

bool satisfies(const Value& seen, const SysctlWant& want) {
  const auto number = text::to_int(text::trim(want.value));
  if (!seen.is(Value::Kind::integer) || !number) {
    const std::string have = seen.is(Value::Kind::string) ? seen.string() : to_text(seen);
    return want.compare == Compare::equal && text::folded(have) == text::folded(want.value);
  }
  switch (want.compare) {
    case Compare::equal: return seen.integer() == *number;
    case Compare::at_least: return seen.integer() >= *number;
    case Compare::at_most: return seen.integer() <= *number;
  }
  return false;
}

Answer one_in_force(const SysctlWant& want, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr) return Answer::unknown({{"sysctl", {Errc::failed, "not collected", "sysctl"}}});
  if (all->is(Value::Kind::unknown)) return Answer::unknown(all->missing());
  const Value* seen = all->map().find(want.key);
  if (seen == nullptr) return Answer::of(false);
  if (seen->is(Value::Kind::unknown)) return Answer::unknown(seen->missing());
  return Answer::of(satisfies(*seen, want));
}

std::string action(const Remedy& remedy) {
  std::string out;
  for (const SysctlWant& want : remedy.sysctls) {
    if (!out.empty()) out += ", ";
    out += want.key + " " + std::string(word_for(want.compare)) + " " + want.value;
  }
  return out;
}

Answer in_force(const Remedy& remedy, const Facts& facts) {
  std::vector<Answer> answers;
  for (const SysctlWant& want : remedy.sysctls) answers.push_back(one_in_force(want, facts));
  return all_of(answers);
}

std::string obstacle(const Remedy& remedy, const Facts& facts) {
  const Value* all = facts.value("sysctl");
  if (all == nullptr || !all->is(Value::Kind::map)) return {};
  for (const SysctlWant& want : remedy.sysctls) {
    if (all->map().find(want.key) == nullptr) return want.key + " does not exist on this host";
  }
  return {};
}

bool irreversible(const Remedy& remedy) {
  return std::ranges::any_of(remedy.sysctls, [](const SysctlWant& want) {
    return std::ranges::any_of(
        kOneWay, [&](const OneWay& knob) { return knob.key == want.key && knob.value == text::trim(want.value); });
  });
}

// A net sysctl belongs to the network namespace it is written in.
std::vector<std::string> price(const Remedy& remedy) {
  const bool net =
      std::ranges::any_of(remedy.sysctls, [](const SysctlWant& want) { return want.key.starts_with("net."); });
  if (!net) return {};
  return {"changes this network namespace only: running containers keep the value of their own"};
}

const RegisterRemedyRules registered{{.kind = RemedyKind::sysctl,
                                      .action = action,
                                      .in_force = in_force,
                                      .obstacle = obstacle,
                                      .irreversible = irreversible,
                                      .price = price}};

}  // namespace
}  // namespace harden
