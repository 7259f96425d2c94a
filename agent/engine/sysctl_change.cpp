// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/sysctl_change.h"

#include <algorithm>
#include <array>

#include "agent/core/text.h"
#include "agent/remedy/followers.h"
#include "agent/sysctl/key.h"
#include "agent/sysctl/resolver.h"

namespace harden {
namespace {

constexpr const char* kSysctl = "sysctl";

// Facts that collectors read from a sysctl, besides sysctl["key"].
struct ReadFrom {
  std::string_view key;
  const char* fact;
};
constexpr std::array<ReadFrom, 6> kReadFrom{{
    {"kernel.panic_on_oops", "crash.panic_on_oops"},
    {"kernel.panic", "crash.panic_timeout"},
    {"kernel.yama.ptrace_scope", "lsm.yama"},
    {"kernel.modules_disabled", "module"},
    {"kernel.tainted", "kernel.tainted"},
    {"kernel.tainted", "kernel.taints"},
}};

bool is_pattern(std::string_view key) { return key.contains('*'); }

}  // namespace

void add_sysctl_change(const std::string& key, const Dependents& dependents, Changed& changed) {
  changed.facts.insert({kSysctl, key});
  const std::string head = text::separators_swapped(key);
  for (const std::string& used : dependents.use_of(kSysctl).keys) {
    if (follower_value(text::separators_swapped(used), head, "1")) changed.facts.insert({kSysctl, used});
  }
  for (const ReadFrom& one : kReadFrom) {
    if (one.key == key) changed.facts.insert({one.fact, {}});
  }
}

void add_interface_change(const std::string& interface, const Dependents& dependents, Changed& changed) {
  for (const std::string& used : dependents.use_of(kSysctl).keys) {
    const std::string path = text::separators_swapped(used);
    const auto key = sysctl::interface_key(path);
    const bool its = (key && key->interface == interface) || (used.starts_with("net.") && is_pattern(used));
    if (its) changed.facts.insert({kSysctl, used});
  }
}

void add_module_change(const std::string& module, const Dependents& dependents, Changed& changed) {
  const std::string name = text::underscored(module);
  changed.facts.insert({"module", name});
  for (const std::string& used : dependents.use_of(kSysctl).keys) {
    const std::string path = text::separators_swapped(used);
    if (text::underscored(sysctl::module_of(path)) == name) changed.facts.insert({kSysctl, used});
  }
}

}  // namespace harden
