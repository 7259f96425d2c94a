// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/dependents.h"

#include <algorithm>

#include "agent/core/text.h"
#include "agent/policy/references.h"

namespace harden {
namespace {

bool is_pattern(std::string_view key) { return key.contains('*'); }

// The kernel's name of a module, whatever a policy writes.
std::string normal(std::string_view fact, std::string_view key) {
  return fact == "module" ? text::underscored(key) : std::string(key);
}

// Two patterns may mean the same key. Told by the components where neither has
// a "*"; a few too many policies are judged, never one too few.
bool may_meet(std::string_view left, std::string_view right) {
  const auto one = text::split(left, '.');
  const auto other = text::split(right, '.');
  return std::ranges::equal(one, other,
                            [](std::string_view a, std::string_view b) { return a == "*" || b == "*" || a == b; });
}

void add_all(std::set<std::size_t>& into, const std::vector<std::size_t>& policies) {
  into.insert(policies.begin(), policies.end());
}

}  // namespace

bool key_matches(std::string_view pattern, std::string_view key) {
  if (!is_pattern(pattern)) return pattern == key;
  return std::ranges::equal(text::split(pattern, '.'), text::split(key, '.'),
                            [](std::string_view one, std::string_view other) { return one == "*" || one == other; });
}

Dependents::Dependents(const std::vector<Policy>& policies) {
  for (const cel::Reference& reference : report_references()) facts_[reference.fact].for_report = true;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    for (const cel::Reference& reference : references_of(policies[i])) add(reference, i);
  }
}

void Dependents::add(const cel::Reference& reference, std::size_t policy) {
  Index& index = facts_[reference.fact];
  if (!reference.key) {
    index.whole.push_back(policy);
    return;
  }
  if (!is_pattern(*reference.key)) {
    Entry& entry = index.keys[normal(reference.fact, *reference.key)];
    entry.key = *reference.key;
    if (entry.policies.empty() || entry.policies.back() != policy) entry.policies.push_back(policy);
    return;
  }
  const auto same = std::ranges::find(index.patterns, *reference.key, &Entry::key);
  Entry& entry = same == index.patterns.end() ? index.patterns.emplace_back(Entry{*reference.key, {}}) : *same;
  entry.policies.push_back(policy);
}

std::vector<std::size_t> Dependents::of(const Changed& changed) const {
  std::set<std::size_t> found;
  for (const cel::Reference& reference : changed.facts) {
    const auto at = facts_.find(reference.fact);
    if (at == facts_.end()) continue;
    const Index& index = at->second;
    add_all(found, index.whole);
    const bool many = !reference.key || is_pattern(*reference.key);
    const std::string key = reference.key ? normal(reference.fact, *reference.key) : "";
    if (!many) {
      if (const auto entry = index.keys.find(key); entry != index.keys.end()) add_all(found, entry->second.policies);
    } else {
      for (const auto& [name, entry] : index.keys) {
        if (!reference.key || key_matches(key, name)) add_all(found, entry.policies);
      }
    }
    for (const Entry& entry : index.patterns) {
      if (!reference.key || may_meet(entry.key, key)) add_all(found, entry.policies);
    }
  }
  return {found.begin(), found.end()};
}

Dependents::Use Dependents::use_of(std::string_view fact) const {
  const auto at = facts_.find(fact);
  if (at == facts_.end()) return {};
  Use use{true, at->second.for_report || !at->second.whole.empty(), {}};
  for (const auto& [name, entry] : at->second.keys) use.keys.push_back(entry.key);
  for (const Entry& entry : at->second.patterns) use.keys.push_back(entry.key);
  return use;
}

}  // namespace harden
